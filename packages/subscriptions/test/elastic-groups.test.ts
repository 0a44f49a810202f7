import { createMessageStore, type MessageStore, type MessageStoreDatabase } from '@mdb/core'
import {
  constantPolling,
  GroupNotFoundError,
  InvalidOptionError,
  readConsumerGroup,
  resizeConsumerGroup,
  subscribe,
  tableCheckpoints,
  type Subscription,
  type SubscriptionEvent,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import type { TestDatabase } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { EventEmitter, once } from 'node:events'
import { sql } from 'kysely'
import { expect, onTestFinished } from 'vitest'
import type { ElasticCheckpointStore } from '../src/checkpoint-store.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

interface Database extends MessageStoreDatabase {
  effect: { stream_name: string; n: number; process: string }
}

const test = messageStoreTest<Database>({ backend: 'embedded' })
const LEASE = 2_000
const HEARTBEAT = 50

interface Process {
  readonly name: string
  readonly subscription: Subscription
  readonly run: Promise<unknown>
  readonly events: SubscriptionEvent[]
}

const happened = new EventEmitter()

/** As a process of its own would: its own connections, its own subscription. */
function startProcess(database: TestDatabase<Database>, name: string, size: number): Process {
  const store = createMessageStore(database.connect())
  const events: SubscriptionEvent[] = []
  const subscription = subscribe<Counted, Database>(store, {
    id: 'delays',
    source: {
      category: 'airport',
      consumerGroup: { size, lease: LEASE, heartbeat: HEARTBEAT, processName: name },
    },
    batchSize: 5,
    polling: constantPolling({ interval: 5 }),
    transactional: 'page',
    checkpoints: tableCheckpoints(store.db),
    observer(event) {
      events.push(event)
      happened.emit('event')
    },
    async handler({ streamName, data }, { trx }) {
      await trx
        .insertInto('effect')
        .values({ stream_name: streamName, n: data.n, process: name })
        .execute()
    },
  })
  const run = subscription.run()
  // A test that fails leaves it running until its database goes.
  run.catch(() => undefined)
  onTestFinished(() => subscription.stop())
  return { name, subscription, events, run }
}

async function prepare(store: MessageStore<Database>): Promise<void> {
  await installCheckpoints(store.db)
  await store.db.schema
    .createTable('effect')
    .addColumn('seq', 'bigserial')
    .addColumn('stream_name', 'text')
    .addColumn('n', 'integer')
    .addColumn('process', 'text')
    .execute()
}

/** Which members each process holds, by what it has reported. */
function membersOf({ events }: Process): number[] {
  const held = new Set<number>()
  for (const event of events) {
    if (event.type === 'member claimed') held.add(event.member)
    if (event.type === 'member released' || event.type === 'member lost') held.delete(event.member)
  }
  return [...held].toSorted((a, b) => a - b)
}

async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await once(happened, 'event')
}

async function effects(store: MessageStore<Database>): Promise<Map<string, number[]>> {
  const rows = await store.db
    .selectFrom('effect')
    .select(['stream_name', 'n'])
    .orderBy(sql`seq`)
    .execute()
  const byStream = new Map<string, number[]>()
  for (const { stream_name, n } of rows) {
    byStream.set(stream_name, [...(byStream.get(stream_name) ?? []), n])
  }
  return byStream
}

const streams = Array.from({ length: 24 }, (_, index) => `airport-${index}`)
const upTo = (last: number): number[] => Array.from({ length: last }, (_, index) => index + 1)

/** Every message took effect exactly once, and in order within its stream. */
async function expectAll(store: MessageStore<Database>, last: number): Promise<void> {
  expect(await effects(store)).toEqual(new Map(streams.map((name) => [name, upTo(last)])))
}

async function untilHandled(store: MessageStore<Database>, count: number): Promise<void> {
  let handled = 0
  while (handled < count) {
    const { rows } = await store.db
      .selectFrom('effect')
      .select((eb) => eb.fn.countAll<string>().as('rows'))
      .executeTakeFirstOrThrow()
    handled = Number(rows)
  }
}

test('processes share the members evenly, and take over what one gives back', async ({
  database,
  store,
}) => {
  await prepare(store)
  const first = startProcess(database, 'first', 5)
  await until(() => membersOf(first).length === 5)

  const second = startProcess(database, 'second', 5)
  await until(() => membersOf(second).length === 2)
  expect(membersOf(first)).toHaveLength(3)
  const group = await readConsumerGroup(store.db, { id: 'delays', category: 'airport' })
  expect(group).toMatchObject({ size: 5, resizeTo: undefined, barrier: undefined })
  const run = expect.stringMatching(/^(?:first|second):[\da-f-]{36}$/)
  expect(group!.processes).toEqual([run, run])
  expect(group!.members.map(({ member }) => member)).toEqual([0, 1, 2, 3, 4])
  const shares = group!.processes.map(
    (process) => group!.members.filter(({ owner }) => owner === process).length,
  )
  expect(shares.toSorted((a, b) => a - b)).toEqual([2, 3])
  await Promise.all(streams.map((name) => writeNumbers(store, name, 1, 5)))
  await untilHandled(store, streams.length * 5)

  await second.subscription.stop()
  await second.run
  expect(membersOf(second)).toEqual([])
  await until(() => membersOf(first).length === 5)
  await Promise.all(streams.map((name) => writeNumbers(store, name, 6, 8)))
  await untilHandled(store, streams.length * 8)
  await first.subscription.stop()

  expect(await first.run).toMatchObject({ reason: 'stopped' })
  await expectAll(store, 8)
})

test('one process more than there are members stands by', async ({ database, store }) => {
  await prepare(store)
  const first = startProcess(database, 'first', 1)
  await until(() => membersOf(first).length === 1)
  const second = startProcess(database, 'second', 1)
  await until(() => second.subscription.state === 'standby')
  await first.subscription.stop()
  await until(() => membersOf(second).length === 1)
  await second.subscription.stop()
})

test('what cannot be resized says why', async ({ db, store }) => {
  await prepare(store)
  const options = { id: 'delays', category: 'airport' }
  expect(await readConsumerGroup(db, options)).toBeUndefined()
  await expect(resizeConsumerGroup(db, { ...options, size: 3 })).rejects.toThrow(GroupNotFoundError)
  await expect(resizeConsumerGroup(db, { ...options, size: 0 })).rejects.toThrow(InvalidOptionError)
  await sql`insert into mdb.consumer_group values ('delays', 'airport', 4)`.execute(db)
  await resizeConsumerGroup(db, { ...options, size: 3 })
  expect(await resizeConsumerGroup(db, { ...options, size: 3 })).toEqual({ from: 4, to: 3 })
  await expect(resizeConsumerGroup(db, { ...options, size: 5 })).rejects.toMatchObject({
    code: 'GROUP_RESIZING',
    resizeTo: 3,
  })
})

test('resized before anything was handled, it begins at the beginning', async ({
  database,
  db,
  store,
}) => {
  await prepare(store)
  const only = startProcess(database, 'only', 2)
  await until(() => only.subscription.state === 'live' && membersOf(only).length === 2)
  await resizeConsumerGroup(db, { id: 'delays', category: 'airport', size: 3 })
  await until(() => only.events.some(({ type }) => type === 'resized'))
  await Promise.all(streams.map((name) => writeNumbers(store, name, 1, 2)))
  await untilHandled(store, streams.length * 2)
  await only.subscription.stop()
  await expectAll(store, 2)
})

test.for([
  [4, 6],
  [6, 4],
  [4, 1],
  [1, 3],
])(
  'resized from %i to %i under load: nothing twice, nothing skipped',
  async ([from, to], { database, store }) => {
    await prepare(store)
    const processes = ['first', 'second'].map((name) => startProcess(database, name, from!))
    const writing = Promise.all(streams.map((name) => writeNumbers(store, name, 1, 30)))
    await untilHandled(store, 50)

    const { db } = store
    const options = { id: 'delays', category: 'airport', size: to! }
    expect(await resizeConsumerGroup(db, options)).toEqual({ from, to })
    await until(() =>
      processes.every(({ events }) => events.some(({ type }) => type === 'resized')),
    )
    await writing
    await untilHandled(store, streams.length * 30)
    expect(processes.flatMap(membersOf).toSorted((a, b) => a - b)).toEqual(
      upTo(to!).map((n) => n - 1),
    )
    await Promise.all(processes.map(({ subscription }) => subscription.stop()))
    await Promise.all(processes.map(({ run }) => run))
    await expectAll(store, 30)
    expect(await resizeConsumerGroup(db, options)).toEqual({ from: to, to })
  },
)

test('a member whose place could not be saved is given back too: a resize goes on', async ({
  database,
  store,
}) => {
  await prepare(store)
  const db = database.connect()
  const checkpoints = tableCheckpoints(db)
  let away = true
  const events: SubscriptionEvent[] = []
  const numbers = new Set<number>()
  const subscription = subscribe<Counted>(createMessageStore(db), {
    id: 'delays',
    source: { category: 'airport', consumerGroup: { size: 2, lease: LEASE, heartbeat: HEARTBEAT } },
    polling: constantPolling({ interval: 5 }),
    reconnect: { min: 1, max: 2 },
    checkpoints: {
      ...checkpoints,
      async save(...args) {
        if (away) throw Object.assign(new Error('away'), { code: 'ETIMEDOUT' })
        await checkpoints.save(...args)
      },
    },
    handler: ({ data }) => void numbers.add(data.n),
    observer(event) {
      events.push(event)
      happened.emit('event')
      if (event.type === 'member lost') away = false
    },
  })
  const run = subscription.run()
  onTestFinished(() => subscription.stop())
  for (const [index, name] of streams.entries()) await writeNumbers(store, name, index, index)
  await until(() => numbers.size === streams.length)

  await resizeConsumerGroup(store.db, { id: 'delays', category: 'airport', size: 3 })
  await until(() => events.some(({ type }) => type === 'resized'))
  expect(events.some(({ type }) => type === 'member lost')).toBe(true)
  await subscription.stop()
  await run
})

test('a claim whose answer was lost, and is to be released by then, is given back', async ({
  database,
  store,
}) => {
  await prepare(store)
  const db = database.connect()
  const checkpoints = tableCheckpoints(db)
  const events: SubscriptionEvent[] = []
  let lost = false
  const forgetful: ElasticCheckpointStore = {
    ...checkpoints,
    groups(schema) {
      const groups = checkpoints.groups(schema)
      return {
        ...groups,
        async heartbeat(...args) {
          const view = await groups.heartbeat(...args)
          if (lost) return view
          lost = true
          expect(view.mine).toHaveLength(2)
          await resizeConsumerGroup(store.db, { id: 'delays', category: 'airport', size: 3 })
          throw Object.assign(new Error('no answer'), { code: 'ETIMEDOUT' })
        },
      }
    },
  }
  const subscription = subscribe<Counted>(createMessageStore(db), {
    id: 'delays',
    source: { category: 'airport', consumerGroup: { size: 2, lease: LEASE, heartbeat: HEARTBEAT } },
    polling: constantPolling({ interval: 5 }),
    reconnect: { min: 1, max: 2 },
    checkpoints: forgetful,
    handler: () => {},
    observer(event) {
      events.push(event)
      happened.emit('event')
    },
  })
  const run = subscription.run()
  onTestFinished(() => subscription.stop())
  await until(() => events.filter(({ type }) => type === 'live').length === 3)
  expect(events.filter(({ type }) => type === 'member claimed')).toHaveLength(5)
  await subscription.stop()
  await run
})
