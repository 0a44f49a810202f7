import { type ConsumerGroup, createMessageStore } from '@mdb/core'
import {
  constantPolling,
  type ElasticGroup,
  FencedError,
  InvalidOptionError,
  readConsumerGroup,
  resizeConsumerGroup,
  subscribe,
  type Subscription,
  SubscriptionRetiredError,
  switchProjection,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import type { TestDatabase } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { type Kysely, sql } from 'kysely'
import { describe, expect, onTestFinished } from 'vitest'
import { type EffectDatabase, untilSomebodyWaits } from './support/effects.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

interface Database extends EffectDatabase {
  total: { count: string }
}

const test = messageStoreTest<Database>({ backend: 'embedded' })

async function install(db: Kysely<Database>): Promise<void> {
  await installCheckpoints(db)
  for (const table of ['one', 'two']) {
    await sql`create table ${sql.id(table)} (n integer primary key)`.execute(db)
  }
  await sql`create view total as select count(*) as count from one`.execute(db)
}

const showTwo = (trx: Kysely<Database>) =>
  sql`create or replace view total as select count(*) as count from two`.execute(trx)
const options = { from: 'delays', to: 'delays/2', switch: showTwo }

/** One subscription: of all, of a member, or a process of an elastic group. */
function project(
  db: Kysely<Database>,
  id: string,
  consumerGroup?: ConsumerGroup | ElasticGroup,
): Subscription {
  const table = id === 'delays' ? 'one' : 'two'
  return subscribe(createMessageStore(db), {
    id,
    source: { category: 'airport', consumerGroup },
    transactional: 'page',
    batchSize: 100,
    polling: constantPolling({ interval: 1 }),
    checkpoints: tableCheckpoints(db),
    handler: async ({ data }: Counted, { trx }) =>
      sql`insert into ${sql.id(table)} values (${data.n})`.execute(trx),
  })
}

const elastic = (size: number): ElasticGroup => ({ size, lease: 3_000, heartbeat: 50 })

interface Shape {
  readonly name: string
  /** What is run together: the members, or processes. */
  readonly parts: ReadonlyArray<ConsumerGroup | ElasticGroup | undefined>
}

const alone: Shape = { name: 'no group', parts: [undefined] }
const members = (size: number): Shape => ({
  name: `static ${size}`,
  parts: Array.from({ length: size }, (_, member) => ({ member, size })),
})
const processes = (size: number): Shape => ({
  name: `elastic ${size}`,
  parts: [elastic(size), elastic(size)],
})

interface Running {
  readonly subscriptions: readonly Subscription[]
  /** How each ended: undefined, or its error. */
  readonly ends: ReadonlyArray<Promise<unknown>>
}

/** Each on connections of its own. */
function run(database: TestDatabase<Database>, id: string, { parts }: Shape): Running {
  const subscriptions = parts.map((part) => project(database.connect({ max: 4 }), id, part))
  const ends = subscriptions.map((subscription) =>
    subscription.run().then(
      () => undefined,
      (error: unknown) => error,
    ),
  )
  onTestFinished(async () => void (await Promise.all(subscriptions.map((each) => each.stop()))))
  return { subscriptions, ends }
}

const countIn = async (db: Kysely<Database>, table: 'one' | 'two' | 'total'): Promise<number> => {
  const { rows } = await sql<{ count: number }>`
    select ${sql.raw(table === 'total' ? 'count' : 'count(*)')}::int as count from ${sql.id(table)}
  `.execute(db)
  return rows[0]!.count
}

async function untilCount(
  db: Kysely<Database>,
  table: 'one' | 'two',
  count: number,
): Promise<void> {
  while ((await countIn(db, table)) < count);
}

/** Writes a message to some stream, one after the other, until it is told to end. */
function writeOn(db: Kysely<Database>) {
  const store = createMessageStore(db)
  const over = new AbortController()
  const load = { written: 0 }
  const done = (async () => {
    while (!over.signal.aborted) {
      const n = load.written + 1
      await writeNumbers(store, `airport-${(n * 7) % 12}`, n, n)
      load.written = n
    }
  })()
  return { load, end: async () => (over.abort(), await done) }
}

// The load is as heavy as the machine allows: what comes after it takes as long as it takes.
const patient = { timeout: 120_000 }

describe('switching groups', () => {
  test.for([
    { from: members(2), to: members(2) },
    { from: members(2), to: members(3) },
    { from: processes(4), to: processes(6) },
    { from: processes(3), to: members(2) },
    { from: alone, to: processes(3) },
    { from: members(3), to: alone },
  ])(
    'under load, from $from.name to $to.name: writers go on, readers never see less, the old one is fenced',
    patient,
    async ({ from, to }, { database, db, store }) => {
      await install(db)
      const { load, end } = writeOn(database.connect())
      const old = run(database, 'delays', from)
      await untilCount(db, 'one', 50)
      const seen: number[] = []
      const over = new AbortController()
      const reading = (async () => {
        const reader = database.connect()
        while (!over.signal.aborted) seen.push(await countIn(reader, 'total'))
      })()

      const next = run(database, 'delays/2', to)
      await untilCount(db, 'two', 1)
      expect(await switchProjection(db, options)).toEqual({ switched: true })
      const errors = await Promise.all(old.ends)
      const ended = from.name.startsWith('elastic') ? SubscriptionRetiredError : FencedError
      for (const error of errors) expect(error).toBeInstanceOf(ended)

      await untilCount(db, 'two', load.written + 20)
      await end()
      over.abort()
      await reading
      await untilCount(db, 'two', load.written)
      await Promise.all(next.subscriptions.map((each) => each.stop()))
      expect(await Promise.all(next.ends)).toEqual(next.ends.map(() => undefined))
      expect(seen).toEqual(seen.toSorted((a, b) => a - b))
      expect(seen[0]).toBeGreaterThanOrEqual(50)
      expect(await countIn(db, 'total')).toBe(load.written)
      const { rows } = await sql`select from one where n not in (select n from two)`.execute(db)
      expect(rows).toEqual([])
      // Not in the shape that it had, and not in another one either.
      for (const part of [...from.parts, undefined, { member: 4, size: 7 }, elastic(5)]) {
        await expect(project(store.db, 'delays', part).run()).rejects.toThrow(
          SubscriptionRetiredError,
        )
      }
    },
  )

  test(
    'resizes of both, asked for while it switches, harm nothing',
    patient,
    async ({ database, db }) => {
      await install(db)
      const { load, end } = writeOn(database.connect())
      const old = run(database, 'delays', processes(4))
      const next = run(database, 'delays/2', processes(2))
      await untilCount(db, 'one', 30)
      await untilCount(db, 'two', 30)
      const resizes = Promise.all([
        resizeConsumerGroup(db, { id: 'delays', category: 'airport', size: 3 }),
        resizeConsumerGroup(db, { id: 'delays/2', category: 'airport', size: 5 }),
      ])
      expect(await switchProjection(database.connect(), options)).toEqual({ switched: true })
      await resizes
      for (const error of await Promise.all(old.ends)) {
        expect(error).toBeInstanceOf(SubscriptionRetiredError)
      }
      await end()
      await untilCount(db, 'two', load.written)
      for (let size = 0; size !== 5;) {
        size = (await readConsumerGroup(db, { id: 'delays/2', category: 'airport' }))!.size
      }
      await Promise.all(next.subscriptions.map((each) => each.stop()))
      const { rows } = await sql`select from one where n not in (select n from two)`.execute(db)
      expect(rows).toEqual([])
    },
  )

  test('waits for a resize of the old one that has begun', async ({ database, db, store }) => {
    await install(db)
    await writeNumbers(store, 'airport-1', 1, 5)
    await handleAll(database, 'delays', processes(2), 5)
    await handleAll(database, 'delays/2', members(2), 5)
    await resizeConsumerGroup(db, { id: 'delays', category: 'airport', size: 3 })
    const switching = switchProjection(database.connect(), {
      ...options,
      async switch(trx) {
        const group = await readConsumerGroup(trx, { id: 'delays', category: 'airport' })
        expect(group).toMatchObject({ size: 3, resizeTo: undefined })
        await showTwo(trx)
      },
    })
    run(database, 'delays', processes(2))
    expect(await switching).toEqual({ switched: true })
  })

  test('waits for the transactions in flight of all members, and for the new ones to reach them', async ({
    database,
    db,
    store,
  }) => {
    await install(db)
    await writeNumbers(store, 'airport-1', 1, 1)
    await writeNumbers(store, 'airport-2', 2, 2)
    await handleAll(database, 'delays', members(2), 2)
    await handleAll(database, 'delays/2', members(3), 2)
    await writeNumbers(store, 'airport-1', 3, 3)
    const checkpoints = tableCheckpoints(db)
    const claims = await Promise.all(
      [0, 1].map(async (member) => {
        const key = {
          subscriptionId: 'delays',
          source: 'airport',
          consumerGroup: { member, size: 2 },
        }
        return { key, claim: await checkpoints.claim(key, 'old') }
      }),
    )
    const { key, claim } = claims[await memberOf(db, 'airport-1')]!
    const order: string[] = []
    let switching: Promise<unknown> | undefined
    await db.transaction().execute(async (trx) => {
      await checkpoints.saveIn(trx, key, claim, 3n)
      await sql`insert into one values (3)`.execute(trx)
      switching = switchProjection(database.connect(), {
        ...options,
        hold: 100,
        switch: (within) => (order.push('switch'), showTwo(within)),
      })
      await untilSomebodyWaits(database.connect())
      order.push('old commits')
    })
    order.push('new catches up')
    await handleAll(database, 'delays/2', members(3), 3)
    expect(await switching).toEqual({ switched: true })
    expect(order).toEqual(['old commits', 'new catches up', 'switch'])
    expect(await countIn(db, 'total')).toBe(3)
  })

  test('a member of the old one that never ran cannot begin while it switches', async ({
    database,
    db,
    store,
  }) => {
    await install(db)
    await writeNumbers(store, 'airport-1', 1, 5)
    const group = { member: await memberOf(db, 'airport-1'), size: 2 }
    await handleAll(database, 'delays', { name: 'one member', parts: [group] }, 5)
    await handleAll(database, 'delays/2', processes(2), 5)
    const late = project(database.connect(), 'delays', { member: 1 - group.member, size: 2 })
    let ended: Promise<unknown> | undefined
    await switchProjection(db, {
      ...options,
      async switch(trx) {
        ended = late.run().catch((error: unknown) => error)
        await untilSomebodyWaits(database.connect())
        await showTwo(trx)
      },
    })
    expect(await ended).toBeInstanceOf(SubscriptionRetiredError)
  })

  test('does not wait for members that have nothing to do', async ({ database, db, store }) => {
    await install(db)
    await writeNumbers(store, 'airport-1', 1, 3)
    await handleAll(database, 'delays', members(2), 3)
    // Their places are saved at the end; then only one of them has anything to do.
    await handleAll(database, 'delays/2', members(5), 3)
    await writeNumbers(store, 'airport-1', 4, 9)
    await handleAll(database, 'delays', members(2), 9)
    const busy = { member: await memberOf(db, 'airport-1', 5), size: 5 }
    await handleAll(database, 'delays/2', { name: 'one member', parts: [busy] }, 9)
    expect(await switchProjection(db, options)).toEqual({ switched: true })
    expect(await countIn(db, 'total')).toBe(9)
  })

  test('waits for a member of the new one that never ran', async ({ database, db, store }) => {
    await install(db)
    await writeNumbers(store, 'airport-1', 1, 3)
    await handleAll(database, 'delays', members(2), 3)
    const group = { member: await memberOf(db, 'airport-1', 2), size: 2 }
    await handleAll(database, 'delays/2', { name: 'one member', parts: [group] }, 3)
    const abort = new AbortController()
    const waiting = switchProjection(db, { ...options, signal: abort.signal })
    await expect(
      Promise.race([waiting, handleAll(database, 'delays', members(2), 3)]),
    ).resolves.toBeUndefined()
    abort.abort(new Error('enough'))
    await expect(waiting).rejects.toThrow('enough')
  })

  test('two static sizes under one id are refused, by name', async ({ db }) => {
    await install(db)
    const checkpoints = tableCheckpoints(db)
    for (const size of [2, 3]) {
      const consumerGroup = { member: 0, size }
      await checkpoints.save({ subscriptionId: 'delays', source: 'airport', consumerGroup }, 1n)
    }
    const error = await switchProjection(db, options).catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toMatchObject({ option: 'from' })
    expect(String(error)).toContain('a group of 2 and of a group of 3')
  })
})

/** Runs it until its table has so many, and stops it. */
async function handleAll(
  database: TestDatabase<Database>,
  id: string,
  shape: Shape,
  count: number,
): Promise<void> {
  const { subscriptions, ends } = run(database, id, shape)
  await untilCount(database.db, id === 'delays' ? 'one' : 'two', count)
  await Promise.all(subscriptions.map(async (each) => each.stop()))
  expect(await Promise.all(ends)).toEqual(ends.map(() => undefined))
}

async function memberOf(db: Kysely<Database>, streamName: string, size = 2): Promise<number> {
  const { rows } = await sql<{ member: number }>`
    select mod(@ message_store.hash_64(split_part(${streamName}::text, '-', 2)), ${size}::bigint)::int
      as member
  `.execute(db)
  return rows[0]!.member
}
