import { describe, expect } from 'vitest'
import {
  AlreadyRunError,
  createSubscriber,
  memoryCheckpoints,
  streamCheckpoints,
  subscribe,
  tableCheckpoints,
  type CheckpointStore,
  type SubscriptionOptions,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import {
  createMessageStore,
  MessageStoreNotInstalledError,
  type Message,
  type MessageStore,
  type MessageStoreDatabase,
} from '@mdb/core'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql, type Kysely } from 'kysely'
import { recordEvents } from './support/events.ts'
import { jumpingClock } from './support/manual-clock.ts'
import { untilLive, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest({ backend: 'pglite' })
const base = {
  id: 'delays',
  source: { category: 'airport' },
  handler: () => {},
} satisfies SubscriptionOptions

interface Fixtures {
  db: Kysely<MessageStoreDatabase>
  store: MessageStore<MessageStoreDatabase>
}

describe('sources', () => {
  test('a category: every message once, in global order, and those that come later', async ({
    store,
  }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    await writeNumbers(store, 'other-SEA', 100, 102)
    await writeNumbers(store, 'airport-JFK', 6, 9)
    const seen: string[] = []
    const events = recordEvents()
    const subscription = subscribe(store, {
      ...base,
      ...events,
      clock: jumpingClock(),
      batchSize: 2,
      handler({ streamName, data }: Message<'Counted', { n: number }>) {
        seen.push(`${streamName} ${data.n}`)
        if (data.n === 11) void subscription.stop()
      },
    })
    const run = subscription.run()
    await events.next('live')
    await writeNumbers(store, 'airport-SEA', 10, 11)
    expect(await run).toEqual({ reason: 'stopped', position: 14n })
    expect(seen).toEqual([
      ...[1, 2, 3, 4, 5].map((n) => `airport-SEA ${n}`),
      ...[6, 7, 8, 9].map((n) => `airport-JFK ${n}`),
      ...[10, 11].map((n) => `airport-SEA ${n}`),
    ])
  })

  test('a stream: its own messages, counted by its own positions', async ({ store }) => {
    await writeNumbers(store, 'airport-JFK', 1, 3)
    await writeNumbers(store, 'airport-SEA', 4, 8)
    const source = { stream: 'airport-SEA' }
    const { numbers, end } = await untilLive(store, { ...base, source, batchSize: 2 })
    expect(numbers).toEqual([4, 5, 6, 7, 8])
    expect(end.position).toBe(4n)
  })

  test('begin at a position, inclusive', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const inCategory = { category: 'airport', position: 4n }
    expect((await untilLive(store, { ...base, source: inCategory })).numbers).toEqual([4, 5])
    const inStream = { stream: 'airport-SEA', position: 4n }
    expect((await untilLive(store, { ...base, source: inStream })).numbers).toEqual([5])
  })

  test('filter by correlation', async ({ store }) => {
    await writeNumbers(store, 'alert-1', 1, 3, { correlationStreamName: 'airport-SEA' })
    await writeNumbers(store, 'alert-1', 4, 6, { correlationStreamName: 'flight-1' })
    const source = { category: 'alert', correlation: 'flight' }
    expect((await untilLive(store, { ...base, source, batchSize: 2 })).numbers).toEqual([4, 5, 6])
  })

  test('filter by condition', async ({ db, store }) => {
    await sql`set message_store.sql_condition to 'on'`.execute(db)
    await writeNumbers(store, 'airport-SEA', 1, 6)
    const condition = sql<boolean>`(data->>'n')::int % 2 = 0`
    for (const source of [
      { category: 'airport', condition },
      { stream: 'airport-SEA', condition },
    ]) {
      const { numbers } = await untilLive(store, { ...base, source, batchSize: 2 })
      expect(numbers).toEqual([2, 4, 6])
    }
  })

  test('a member of a group reads its part, and no stream without an id', async ({ store }) => {
    await writeNumbers(store, 'airport', 0, 0)
    for (let n = 1; n <= 20; n += 1) await writeNumbers(store, `airport-${n}`, n, n)
    const parts = await Promise.all(
      [0, 1, 2].map(async (member) => {
        const source = { category: 'airport', consumerGroup: { member, size: 3 } }
        return (await untilLive(store, { ...base, id: `m${member}`, source })).numbers
      }),
    )
    expect(parts.every((part) => part.length > 0)).toBe(true)
    expect(parts.flat().toSorted((a, b) => a - b)).toEqual(
      Array.from({ length: 20 }, (_, index) => index + 1),
    )
  })
})

describe('the place', () => {
  for (const [name, make] of [
    ['memory', () => memoryCheckpoints()],
    ['table', ({ db }) => tableCheckpoints(db)],
    ['stream', ({ store }) => streamCheckpoints(store)],
  ] satisfies Array<[string, (fixtures: Fixtures) => CheckpointStore]>) {
    test(`is resumed after the last message handled: ${name}`, async ({ db, store }) => {
      await installCheckpoints(db)
      const checkpoints = make({ db, store })
      for (const source of [{ category: 'airport' }, { stream: 'airport-SEA' }]) {
        const own = { ...base, id: `by-${Object.keys(source)[0]}`, source, checkpoints }
        await writeNumbers(store, 'airport-SEA', 1, 5)
        const first = await untilLive(store, own)
        expect(first.numbers.slice(-5)).toEqual([1, 2, 3, 4, 5])
        const again = await untilLive(store, own)
        expect(again.numbers).toEqual([])
        expect(again.end.position).toBe(first.end.position)
        await writeNumbers(store, 'airport-SEA', 6, 7)
        const events = recordEvents()
        expect((await untilLive(store, { ...own, ...events })).numbers).toEqual([6, 7])
        expect(events.all[0]).toEqual({
          subscriptionId: own.id,
          type: 'started',
          position: first.end.position! + 1n,
          checkpoint: first.end.position,
          epoch: name === 'table' ? 3n : undefined,
        })
      }
    })
  }

  test("wins over the source's position", async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const checkpoints = memoryCheckpoints()
    await checkpoints.save({ subscriptionId: 'delays', source: 'airport' }, 2n)
    const source = { category: 'airport', position: 5n }
    const { numbers } = await untilLive(store, { ...base, source, checkpoints })
    expect(numbers).toEqual([3, 4, 5])
  })

  test('is of one source: another one begins anew under the same id', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 3)
    await writeNumbers(store, 'flight-1', 4, 5)
    const checkpoints = memoryCheckpoints()
    await untilLive(store, { ...base, checkpoints, source: { category: 'flight' } })
    expect((await untilLive(store, { ...base, checkpoints })).numbers).toEqual([1, 2, 3])
  })

  test('without checkpoints each run begins at the source position', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 3)
    await untilLive(store, base)
    expect((await untilLive(store, base)).numbers).toEqual([1, 2, 3])
  })
})

describe('ending', () => {
  test('a stop waits for the handler in flight, and leaves the rest of the page', async ({
    store,
  }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const checkpoints = memoryCheckpoints()
    const started = Promise.withResolvers<AbortSignal>()
    const release = Promise.withResolvers<void>()
    const log: string[] = []
    const subscription = subscribe(store, {
      ...base,
      checkpoints,
      async handler(message, { signal }) {
        if (message.globalPosition === 2n) {
          started.resolve(signal)
          await release.promise
        }
        log.push(`handled ${message.globalPosition}`)
      },
    })
    const run = subscription.run()
    const signal = await started.promise
    expect(signal.aborted).toBe(false)
    const stopped = subscription.stop().then(() => log.push('stopped'))
    const stoppedAgain = subscription.stop()
    expect(signal.aborted).toBe(true)
    await new Promise((resolve) => setImmediate(resolve))
    release.resolve()
    await Promise.all([stopped, stoppedAgain])
    expect(log).toEqual(['handled 1', 'handled 2', 'stopped'])
    expect(await run).toEqual({ reason: 'stopped', position: 2n })
    expect(await checkpoints.load({ subscriptionId: 'delays', source: 'airport' })).toBe(2n)
    await subscription.stop()
  })

  test('an abort does the same, and the handler is told its reason', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const controller = new AbortController()
    const reason = new Error('shutting down')
    let told: unknown
    const subscription = subscribe(store, {
      ...base,
      async handler(_message, { signal }) {
        controller.abort(reason)
        await Promise.resolve()
        told = signal.reason
      },
    })
    const end = await subscription.run({ signal: controller.signal })
    expect(end).toEqual({ reason: 'aborted', position: 1n })
    expect(told).toBe(reason)
  })

  test('a handler that gives up on an abort has neither handled nor failed', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const checkpoints = memoryCheckpoints()
    const controller = new AbortController()
    const subscription = subscribe(store, {
      ...base,
      checkpoints,
      handler(message, { signal }) {
        if (message.globalPosition < 3n) return
        controller.abort()
        signal.throwIfAborted()
      },
    })
    const end = await subscription.run({ signal: controller.signal })
    expect(end).toEqual({ reason: 'aborted', position: 2n })
    expect((await untilLive(store, { ...base, checkpoints })).numbers).toEqual([3, 4, 5])
  })

  test('a signal that is aborted already ends it before it reads', async ({ store }) => {
    const events = recordEvents()
    const subscription = subscribe(store, { ...base, ...events })
    const end = await subscription.run({ signal: AbortSignal.abort() })
    expect(end).toEqual({ reason: 'aborted', position: undefined })
    expect(events.types()).toEqual(['ended'])
    expect(subscription.state).toBe('stopped')
  })

  test('stopped before it runs, it ends as it begins', async ({ store }) => {
    const subscription = subscribe(store, base)
    await subscription.stop()
    expect(subscription.state).toBe('stopped')
    expect(await subscription.run()).toEqual({ reason: 'stopped', position: undefined })
  })

  test('it runs once', async ({ store }) => {
    const events = recordEvents()
    const subscription = subscribe(store, { ...base, ...events })
    const run = subscription.run()
    await expect(subscription.run()).rejects.toThrow(AlreadyRunError)
    await events.next('live')
    await subscription.stop()
    await run
    await expect(subscription.run()).rejects.toMatchObject({
      code: 'ALREADY_RUN',
      subscriptionId: 'delays',
    })
    expect(events.types()).toEqual(['started', 'live', 'ended'])
  })

  test('the signal of a run that is over is left without a listener', async ({ store }) => {
    const controller = new AbortController()
    let listeners = 0
    const { signal } = controller
    const add = signal.addEventListener.bind(signal)
    const remove = signal.removeEventListener.bind(signal)
    signal.addEventListener = (...args: Parameters<typeof add>) => {
      listeners += 1
      add(...args)
    }
    signal.removeEventListener = (...args: Parameters<typeof remove>) => {
      listeners -= 1
      remove(...args)
    }
    const subscription = subscribe(store, {
      ...base,
      observer: ({ type }) => void (type === 'live' && subscription.stop()),
    })
    await subscription.run({ signal })
    expect(listeners).toBe(0)
  })
})

describe('failing', () => {
  test('the end tells the error and where, and the place is what came before', async ({
    store,
  }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const checkpoints = memoryCheckpoints()
    const events = recordEvents()
    const boom = new Error('boom')
    const subscription = subscribe(store, {
      ...base,
      ...events,
      checkpoints,
      handler: ({ position }) => (position === 3n ? Promise.reject(boom) : undefined),
    })
    const failure: unknown = await subscription.run().catch((error: unknown) => error)
    expect(failure).toMatchObject({
      name: 'HandlerError',
      code: 'HANDLER_FAILED',
      subscriptionId: 'delays',
      cause: boom,
      position: 3n,
      failedMessage: {
        id: expect.any(String),
        streamName: 'airport-SEA',
        type: 'Counted',
        position: 3n,
        globalPosition: 4n,
      },
      message:
        'Handler of subscription delays failed on Counted in airport-SEA ' +
        '(position 3, global position 4): boom',
    })
    expect(subscription.state).toBe('failed')
    expect(events.all.slice(-2)).toEqual([
      { subscriptionId: 'delays', type: 'checkpointed', position: 3n },
      {
        subscriptionId: 'delays',
        type: 'ended',
        reason: 'failed',
        position: 3n,
        error: failure,
      },
    ])
    await subscription.stop()
    expect(subscription.state).toBe('failed')
    expect((await untilLive(store, { ...base, checkpoints })).numbers).toEqual([4, 5])
  })

  test('a handler that throws what is no error', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 1)
    const subscription = subscribe(store, {
      ...base,
      handler() {
        // oxlint-disable-next-line typescript/only-throw-error -- as a careless handler does
        throw 'a string'
      },
    })
    await expect(subscription.run()).rejects.toMatchObject({ cause: 'a string' })
  })

  test("a connection error is the handler's own when the handler throws it", async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 1)
    const refused = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    const subscription = subscribe(store, { ...base, handler: () => Promise.reject(refused) })
    await expect(subscription.run()).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
      cause: refused,
    })
  })

  test('without Message DB it stops at once, and says what is wrong', async ({ db }) => {
    const store = createMessageStore(db, { schema: 'nowhere' })
    const failure: unknown = await subscribe(store, base)
      .run()
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({
      code: 'SOURCE_FAILED',
      source: 'airport',
      subscriptionId: 'delays',
      cause: expect.any(MessageStoreNotInstalledError),
    })
  })

  test('with conditions that are not activated too', async ({ store }) => {
    const condition = sql<boolean>`true`
    const source = { category: 'airport', condition }
    await expect(subscribe(store, { ...base, source }).run()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      cause: { code: 'CONDITIONS_NOT_ACTIVATED' },
    })
  })

  test('without the checkpoint table too', async ({ db, store }) => {
    const subscription = subscribe(store, { ...base, checkpoints: tableCheckpoints(db) })
    await expect(subscription.run()).rejects.toMatchObject({ code: 'CHECKPOINTS_NOT_INSTALLED' })
    expect(subscription.state).toBe('failed')
  })

  test('and with a checkpoint of another shape', async ({ store }) => {
    await store.writeMessage('airport:position-delays', { type: 'Recorded', data: { at: 1 } })
    const subscription = subscribe(store, { ...base, checkpoints: streamCheckpoints(store) })
    await expect(subscription.run()).rejects.toMatchObject({ code: 'CHECKPOINT_FORMAT' })
  })

  test('a load that fails for good is typed, with its cause', async ({ store }) => {
    const cause = new Error('no disk')
    const checkpoints = { load: () => Promise.reject(cause), save: () => Promise.resolve() }
    await expect(subscribe(store, { ...base, checkpoints }).run()).rejects.toMatchObject({
      code: 'CHECKPOINT_FAILED',
      operation: 'load',
      cause,
    })
  })

  test('when the place cannot be saved either, the first error is told, and an event', async ({
    store,
  }) => {
    await writeNumbers(store, 'airport-SEA', 1, 2)
    const cause = new Error('no disk')
    const events = recordEvents()
    const subscription = subscribe(store, {
      ...base,
      ...events,
      checkpoints: { load: () => Promise.resolve(undefined), save: () => Promise.reject(cause) },
      handler: ({ position }) => (position === 1n ? Promise.reject(new Error('boom')) : undefined),
    })
    await expect(subscription.run()).rejects.toMatchObject({ code: 'HANDLER_FAILED' })
    expect(events.all.at(-2)).toMatchObject({ type: 'checkpoint failed', error: { cause } })
  })
})

describe('an observer that fails', () => {
  for (const [how, observer] of [
    [
      'throws',
      () => {
        throw new Error('bad observer')
      },
    ],
    ['rejects', () => Promise.reject(new Error('bad observer'))],
  ] satisfies Array<[string, () => Promise<void> | never]>) {
    test(`${how}: the subscription goes on, and the process is warned`, async ({ store }) => {
      await writeNumbers(store, 'airport-SEA', 1, 3)
      const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
      const subscription = subscribe(store, {
        ...base,
        // oxlint-disable-next-line typescript/no-misused-promises -- as a careless observer is
        observer,
        handler: ({ position }) => void (position === 2n && subscription.stop()),
      })
      expect(await subscription.run()).toEqual({ reason: 'stopped', position: 3n })
      expect(await warned).toMatchObject({
        name: 'ObserverWarning',
        code: 'MDB_OBSERVER',
        message: expect.stringContaining('bad observer'),
      })
    })
  }
})

test('a subscriber passes its defaults on', async ({ store }) => {
  await writeNumbers(store, 'airport-SEA', 1, 3)
  const checkpoints = memoryCheckpoints()
  const events = recordEvents()
  const subscriber = createSubscriber(store, { checkpoints, batchSize: 1, ...events })
  const seen: number[] = []
  const subscription = subscriber.subscribe({
    ...base,
    handler: ({ data }: Message<'Counted', { n: number }>) => void seen.push(data.n),
    checkpoints: undefined,
  })
  const run = subscription.run()
  await events.next('live')
  await subscription.stop()
  await run
  expect(seen).toEqual([1, 2, 3])
  expect(await checkpoints.load({ subscriptionId: 'delays', source: 'airport' })).toBe(3n)
})
