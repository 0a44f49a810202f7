import type { Message, MessageStore, MessageStoreDatabase } from '@mdb/core'
import {
  constantPolling,
  createSubscriber,
  dynamicPolling,
  exponentialBackoff,
  inProcessWakeUps,
  notifyingStore,
  pauseSubscription,
  resumeSubscription,
  seekSubscription,
  sharedWatch,
  type FailurePolicy,
  type HandlerError,
  memoryCheckpoints,
  park,
  retry,
  skip,
  streamCheckpoints,
  subscribe,
  tableCheckpoints,
  type InvalidOptionError,
  type CheckpointMovedError,
  type CheckpointStore,
  type Notifier,
  type NotPausedError,
  type Observer,
  type OpenWriter,
  type WakeUps,
  type PollingStrategy,
  type ReadableStore,
  type SourceError,
  type SourceOptions,
  type Subscription,
  type SubscriptionEnd,
  type SubscriptionEvent,
  type SubscriptionsDatabase,
} from '@mdb/subscriptions'
import { listenWakeUps, pgNotifier } from '@mdb/subscriptions/pg'
import pg from 'pg'
import type { Kysely, Transaction } from 'kysely'
import { expectTypeOf, test } from 'vitest'

interface Database extends MessageStoreDatabase, SubscriptionsDatabase {
  airport: { code: string }
}
declare const store: MessageStore<Database>
declare const db: Kysely<Database>

type Departed = Message<'FlightDeparted', { delay: number }>
type Arrived = Message<'FlightArrived', { gate: string }>

test('a store and a Kysely of any database will do', () => {
  const subscription = subscribe(store, {
    id: 'a',
    source: { category: 'airport' },
    checkpoints: tableCheckpoints(db),
    handler: (message) => {
      expectTypeOf(message).toEqualTypeOf<Message>()
    },
  })
  expectTypeOf(subscription).toEqualTypeOf<Subscription>()
  expectTypeOf(subscription.run()).resolves.toEqualTypeOf<SubscriptionEnd>()
  expectTypeOf<SubscriptionEnd['reason']>().toEqualTypeOf<'aborted' | 'stopped' | 'caught up'>()
  expectTypeOf(tableCheckpoints(db)).toExtend<CheckpointStore>()
  const rows = db.selectFrom('mdb.checkpoint').select(['subscription_id', 'group_size']).execute()
  expectTypeOf(rows).resolves.toEqualTypeOf<{ subscription_id: string; group_size: number }[]>()
})

test('a handler types its messages, and narrows them by type', () => {
  subscribe(store, {
    id: 'a',
    source: { stream: 'airport-SEA' },
    handler(message: Departed | Arrived, { signal }) {
      expectTypeOf(signal).toEqualTypeOf<AbortSignal>()
      if (message.type === 'FlightDeparted') {
        expectTypeOf(message.data).toEqualTypeOf<{ delay: number }>()
      } else {
        expectTypeOf(message.data).toEqualTypeOf<{ gate: string }>()
      }
    },
  })
  createSubscriber(store).subscribe<Departed>({
    id: 'a',
    source: { category: 'airport' },
    handler: async ({ data }) => expectTypeOf(data.delay).toEqualTypeOf<number>(),
  })
})

test('a source is a stream or a category, and only a category has groups', () => {
  const handler = (): void => {}
  const group = { member: 0, size: 2 }
  subscribe(store, { id: 'a', source: { category: 'a', consumerGroup: group }, handler })
  expectTypeOf<{ stream: string }>().toExtend<SourceOptions>()
  // @ts-expect-error -- a stream has no groups
  subscribe(store, { id: 'a', source: { stream: 'a-1', consumerGroup: group }, handler })
  // @ts-expect-error -- nor both
  subscribe(store, { id: 'a', source: { stream: 'a-1', category: 'a' }, handler })
  // @ts-expect-error -- nor neither
  subscribe(store, { id: 'a', source: {}, handler })
  // @ts-expect-error -- positions are bigint
  subscribe(store, { id: 'a', source: { stream: 'a-1', position: 1 }, handler })
  // @ts-expect-error -- a subscription pages
  subscribe(store, { id: 'a', source: { stream: 'a-1' }, batchSize: 'unlimited', handler })
  // @ts-expect-error -- an id is needed
  subscribe(store, { source: { stream: 'a-1' }, handler })
})

test('every strategy, and one of your own, is a polling strategy', () => {
  const strategies: PollingStrategy[] = [
    constantPolling({ interval: 1 }),
    exponentialBackoff({ min: 1, max: 2 }),
    dynamicPolling({ target: 1, step: 1, min: 1, max: 2 }),
  ]
  const own: PollingStrategy<{ polls: number }> = {
    initial: { polls: 0 },
    next: (_poll, { polls }) => ({ delay: polls, state: { polls: polls + 1 } }),
  }
  subscribe(store, { id: 'a', source: { category: 'a' }, polling: own, handler: () => {} })
  expectTypeOf(strategies).toExtend<PollingStrategy[]>()
})

test('codes are literal, events narrow by type', () => {
  expectTypeOf<HandlerError['code']>().toEqualTypeOf<'HANDLER_FAILED'>()
  const failure = {} as HandlerError | SourceError | InvalidOptionError
  if (failure.code === 'HANDLER_FAILED') expectTypeOf(failure).toEqualTypeOf<HandlerError>()
  const event = {} as SubscriptionEvent
  expectTypeOf(event.subscriptionId).toEqualTypeOf<string>()
  if (event.type === 'reconnecting') expectTypeOf(event.attempt).toEqualTypeOf<number>()
  if (event.type === 'checkpointed') expectTypeOf(event.position).toEqualTypeOf<bigint>()
})

test("in transactional mode the handler has the transaction, of the store's database", () => {
  const checkpoints = tableCheckpoints(db)
  const source = { category: 'airport' }
  subscribe(store, {
    id: 'a',
    source,
    checkpoints,
    transactional: 'message',
    isolationLevel: 'serializable',
    handler(message: Departed, context) {
      expectTypeOf(message.data.delay).toEqualTypeOf<number>()
      expectTypeOf(context.trx).toEqualTypeOf<Transaction<Database>>()
      expectTypeOf(context.store).toEqualTypeOf<MessageStore<Database>>()
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
    },
  })
  createSubscriber(store, { checkpoints }).subscribe<Departed>({
    id: 'a',
    source,
    transactional: 'page',
    handler(message, { trx }) {
      expectTypeOf(message).toEqualTypeOf<Departed>()
      expectTypeOf(trx).toEqualTypeOf<Transaction<Database>>()
    },
  })
  subscribe(store, {
    id: 'a',
    source,
    checkpoints,
    handler(_message, context) {
      // @ts-expect-error -- without it there is none
      void context.trx
    },
  })
})

test('transactional mode is refused where the checkpoint cannot be in the transaction', () => {
  const source = { category: 'airport' }
  const handler = (): void => {}
  // @ts-expect-error -- memory is in no transaction
  subscribe(store, {
    id: 'a',
    source,
    handler,
    transactional: 'message',
    checkpoints: memoryCheckpoints(),
  })
  // @ts-expect-error -- nor is a position stream
  subscribe(store, {
    id: 'a',
    source,
    handler,
    transactional: 'message',
    checkpoints: streamCheckpoints(store),
  })
  // @ts-expect-error -- nor is nothing
  subscribe(store, { id: 'a', source, handler, transactional: 'message' })
  const readable: ReadableStore = store
  const checkpoints = tableCheckpoints(db)
  // @ts-expect-error -- and a store that only reads begins no transaction
  subscribe(readable, { id: 'a', source, handler, checkpoints, transactional: 'message' })
  // @ts-expect-error -- levels are of transactions
  subscribe(store, { id: 'a', source, handler, isolationLevel: 'serializable' })
})

test('a source is one of four, and begins in one way', () => {
  expectTypeOf<{ category: string; since: Date }>().toExtend<SourceOptions>()
  expectTypeOf<{ stream: string; tail: true }>().toExtend<SourceOptions>()
  expectTypeOf<{ categories: readonly string[]; position: bigint }>().toExtend<SourceOptions>()
  expectTypeOf<{ all: true; tail: true }>().toExtend<SourceOptions>()
  expectTypeOf<{
    all: true
    consumerGroup: { member: number; size: number }
  }>().toExtend<SourceOptions>()
  expectTypeOf<{ all: false }>().not.toExtend<SourceOptions>()
  expectTypeOf<{ all: true; categories: string[] }>().not.toExtend<SourceOptions>()
  expectTypeOf<{ category: string; stream: string }>().not.toExtend<SourceOptions>()
  expectTypeOf<{ all: true; tail: true; position: bigint }>().not.toExtend<SourceOptions>()
  expectTypeOf<{ category: string; since: string }>().not.toExtend<SourceOptions>()
})

test('an event narrows to the writers that are waited for', () => {
  const observer = (event: SubscriptionEvent): void => {
    if (event.type === 'waiting') {
      expectTypeOf(event.writers).toEqualTypeOf<readonly OpenWriter[]>()
      expectTypeOf(event.milliseconds).toEqualTypeOf<number>()
    }
  }
  expectTypeOf(observer).toExtend<Observer>()
})

test('wake-ups take a client of pg, and any store', () => {
  expectTypeOf(listenWakeUps(() => new pg.Client())).toExtend<WakeUps>()
  expectTypeOf(sharedWatch(store)).toExtend<WakeUps>()
  expectTypeOf(inProcessWakeUps()).toExtend<WakeUps & Notifier>()
  expectTypeOf(pgNotifier(db)).toExtend<Notifier>()
  expectTypeOf(notifyingStore(store, inProcessWakeUps())).toEqualTypeOf<MessageStore<Database>>()
})

test('a handler of pages gets pages, in either mode', () => {
  const source = { category: 'airport' }
  const checkpoints = tableCheckpoints(db)
  subscribe(store, {
    id: 'a',
    source,
    eachPage(page: readonly Departed[], context) {
      expectTypeOf(page[0]?.data.delay).toEqualTypeOf<number | undefined>()
      // @ts-expect-error -- there is no transaction
      void context.trx
    },
  })
  subscribe(store, {
    id: 'a',
    source,
    checkpoints,
    transactional: 'page',
    eachPage(page: readonly Departed[], { trx }) {
      expectTypeOf(page).toEqualTypeOf<readonly Departed[]>()
      expectTypeOf(trx).toEqualTypeOf<Transaction<Database>>()
    },
  })
  const eachPage = (): void => {}
  // @ts-expect-error -- a page is no message
  subscribe(store, { id: 'a', source, checkpoints, transactional: 'message', eachPage })
  // @ts-expect-error -- one or the other
  subscribe(store, { id: 'a', source, eachPage, handler: eachPage })
  // @ts-expect-error -- nor nothing
  subscribe(store, { id: 'a', source })
})

test('concurrency is for a handler at least once', () => {
  const source = { category: 'airport' }
  const handler = (): void => {}
  const checkpoints = tableCheckpoints(db)
  subscribe(store, { id: 'a', source, handler, concurrency: 8 })
  // @ts-expect-error -- a transaction moves one checkpoint
  subscribe(store, { id: 'a', source, handler, checkpoints, transactional: 'page', concurrency: 8 })
  // @ts-expect-error -- nor for pages
  subscribe(store, { id: 'a', source, eachPage: handler, concurrency: 8 })
})

test('a failure policy returns a verdict, at once', () => {
  const own: FailurePolicy = ({ error, message, attempt }) => {
    expectTypeOf(error).toEqualTypeOf<unknown>()
    expectTypeOf(message).toEqualTypeOf<Message>()
    return attempt < 3 ? retry({ min: 1 }) : park()
  }
  subscribe(store, { id: 'a', source: { category: 'a' }, handler: () => {}, failure: own })
  // @ts-expect-error -- not later
  const later: FailurePolicy = () => Promise.resolve(skip())
  // @ts-expect-error -- nor in words
  const words: FailurePolicy = () => 'park'
  expectTypeOf([later, words]).toEqualTypeOf<FailurePolicy[]>()
  const parked = db.selectFrom('mdb.parked_message').select(['stream_name', 'error']).execute()
  expectTypeOf(parked).resolves.toEqualTypeOf<{ stream_name: string; error: string | null }[]>()
})

test('who pauses a subscription is told where each member is', () => {
  const options = { id: 'a', source: { category: 'airport' } }
  const paused = pauseSubscription(db, {
    ...options,
    wait: false,
    signal: new AbortController().signal,
  })
  expectTypeOf(paused)
    .resolves.items.toHaveProperty('state')
    .toEqualTypeOf<'paused' | 'not running' | 'running'>()
  expectTypeOf(resumeSubscription(db, options)).resolves.toEqualTypeOf<{
    readonly resumed: boolean
  }>()
  // @ts-expect-error a subscription is its id and what it reads
  void pauseSubscription(db, { id: 'a' })
  // @ts-expect-error a category or a stream, not both
  void pauseSubscription(db, { id: 'a', source: { category: 'airport', stream: 'airport-SEA' } })
  expectTypeOf<SubscriptionsDatabase['mdb.subscription_control']>().toHaveProperty('paused_at')
  expectTypeOf<NotPausedError['code']>().toEqualTypeOf<'NOT_PAUSED'>()
})

test('a seek goes to one place, and says where it came from', () => {
  const options = { id: 'a', source: { category: 'airport' } }
  const sought = seekSubscription(store, { ...options, position: 4n })
  expectTypeOf(sought).resolves.toHaveProperty('position').toEqualTypeOf<bigint>()
  void seekSubscription(store, { ...options, tail: true })
  void seekSubscription(store, { ...options, since: new Date(0), timeout: 5 })
  // @ts-expect-error positions are bigints
  void seekSubscription(store, { ...options, position: 4 })
  // @ts-expect-error one place, not two
  void seekSubscription(store, { ...options, position: 4n, tail: true })
  expectTypeOf<CheckpointMovedError['code']>().toEqualTypeOf<'CHECKPOINT_MOVED'>()
})
