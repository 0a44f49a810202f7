import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  createMessageStore,
  type Message,
  type MessageStore,
  type MessageStoreDatabase,
} from '@mdb/core'
import {
  constantPolling,
  readConsumerGroup,
  resizeConsumerGroup,
  sharedWatch,
  subscribe,
  tableCheckpoints,
  type AtLeastOnceOptions,
  type ReadableStore,
  type SourceOptions,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import type { TestDatabase } from '@mdb/testing'
import {
  startEmbeddedPostgres,
  type EmbeddedServer,
  type EmbeddedStandby,
} from '@mdb/testing/embedded'
import { sql, type RawBuilder } from 'kysely'
import { endOfLastRecord } from '../src/standby/end-of-record.ts'
import { type PrimaryRow, primaryQuery, standbyQuery } from '../src/standby/standby-query.ts'
import { recordEvents } from './support/events.ts'
import { jumpingClock } from './support/manual-clock.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'
import { onPort, oneAddress } from './support/servers.ts'
import { slowWriters } from './support/slow-writers.ts'

let server: EmbeddedServer
let standby: EmbeddedStandby
let other: EmbeddedStandby
beforeAll(async () => {
  server = await startEmbeddedPostgres({ postgresFlags: ['-c', 'max_wal_senders=10'] })
  ;[standby, other] = await Promise.all([server.startStandby(), server.startStandby()])
}, 60_000)
afterAll(() => server.stop())

/** One that the standbys have too. */
async function newDatabase(): Promise<TestDatabase> {
  const database = await server.createDatabase()
  await Promise.all([standby.caughtUp(), other.caughtUp()])
  return database
}

const sources = {
  'a stream': { stream: 'airport-SEA' },
  'a category': { category: 'airport' },
  'a group': { category: 'airport', consumerGroup: { member: 0, size: 1 } },
  'a correlation': { category: 'airport', correlation: 'trip' },
  'several categories': { categories: ['airport', 'flight'] },
  'all messages': { all: true },
  'all messages of a correlation': { all: true, correlation: 'trip' },
} satisfies Record<string, SourceOptions>

interface Reading {
  readonly seen: number[]
  readonly events: ReturnType<typeof recordEvents>
  readonly end: () => Promise<unknown>
}

function read(
  store: ReadableStore,
  readFrom: ReadableStore,
  options: Partial<AtLeastOnceOptions<Counted>> & { readonly source: SourceOptions },
): Reading {
  const seen: number[] = []
  const events = recordEvents()
  const subscription = subscribe(store, {
    id: 'reader',
    polling: constantPolling({ interval: 5 }),
    readFrom,
    handler({ data, streamName }: Counted) {
      if (streamName.startsWith('airport')) seen.push(data.n)
    },
    ...events,
    ...options,
  })
  const run = subscription.run()
  return { seen, events, end: async () => (await subscription.stop(), run) }
}

const trip = { correlationStreamName: 'trip-1' }
const numbers = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve))
}
const storeOn = (database: TestDatabase, on: EmbeddedStandby): MessageStore<MessageStoreDatabase> =>
  createMessageStore(on.connect(database))
const primaryOf = (database: TestDatabase): ReadableStore => createMessageStore(database.connect())

const everySource = Object.entries(sources)

describe('a standby that lags', () => {
  test.each(everySource)('%s: nothing is read past it', async (_, source) => {
    await using database = await newDatabase()
    await writeNumbers(database.store, 'airport-SEA', 1, 3, trip)
    await standby.caughtUp()
    await standby.pauseReplay()
    // What does not match is there too, and a filtered reader goes past it.
    for (const n of [1, 2]) await writeNumbers(database.store, `booking-${n}`, n, n)
    await writeNumbers(database.store, 'airport-SEA', 4, 6, trip)
    const reading = read(primaryOf(database), storeOn(database, standby), {
      source,
      batchSize: 2,
      clock: jumpingClock(),
    })
    const waits = 'categories' in source || 'all' in source
    await reading.events.next(waits ? 'standby behind' : 'live')
    await standby.resumeReplay()
    await until(() => reading.seen.length >= 6)
    await reading.end()
    expect(reading.seen).toEqual(numbers(1, 6))
  })

  test('from now on means: from where the primary is', async () => {
    await using database = await newDatabase()
    await standby.caughtUp()
    await standby.pauseReplay()
    await writeNumbers(database.store, 'airport-SEA', 1, 3)
    const reading = read(primaryOf(database), storeOn(database, standby), {
      source: { category: 'airport', tail: true },
    })
    await reading.events.next('live')
    await writeNumbers(database.store, 'airport-SEA', 4, 4)
    await standby.resumeReplay()
    await until(() => reading.seen.length > 0)
    await reading.end()
    expect(reading.seen).toEqual([4])
  })

  test('a head that ends with a page of the log is reached although nothing follows', async () => {
    await using database = await newDatabase()
    await writeNumbers(database.store, 'airport-SEA', 1, 1)
    const fill = async (length: number): Promise<number> => {
      await sql`select pg_logical_emit_message(false, 'fill', repeat('x', ${length}::int))`.execute(
        database.db,
      )
      const { rows } = await sql<{ at: number }>`
        select mod(pg_current_wal_insert_lsn() - '0/0', 8192)::int as at`.execute(database.db)
      return rows[0]?.at ?? 0
    }
    for (let at = 0, tries = 0; ![24, 40].includes(at); tries += 1) {
      expect(tries).toBeLessThan(100)
      const before = await fill(512)
      const after = await fill(512)
      const left = 8192 - after
      if (after > before && left > 1_000) at = await fill(left - (after - before) + 512)
    }
    const { rows } = await primaryQuery.execute(database.db)
    const end = endOfLastRecord(rows[0] as PrimaryRow)
    const flushed = sql<{
      yes: boolean
    }>`select pg_current_wal_flush_lsn() >= ${end}::pg_lsn as yes`
    while ((await flushed.execute(database.db)).rows[0]?.yes !== true);
    await standby.caughtUp()
    const replayed = await standbyQuery(end).execute(standby.connect(database))
    expect(replayed.rows[0]).toMatchObject({ replayed: true })
  })
})

test(
  'writers that are slow or roll back, while the replay stops and goes: in order, and nothing is missed',
  { timeout: 120_000 },
  async () => {
    await using database = await newDatabase()
    const kinds = {
      all: { all: true },
      several: { categories: ['airport', 'flight'] },
      one: { category: 'airport' },
      even: { category: 'airport', consumerGroup: { member: 0, size: 2 } },
      odd: { category: 'airport', consumerGroup: { member: 1, size: 2 } },
    } satisfies Record<string, SourceOptions>
    const readings = Object.entries(kinds).map(([id, source]) => {
      const messages: Message[] = []
      const handler = (message: Message): void => void messages.push(message)
      const options = {
        id,
        source,
        batchSize: 20,
        handler,
        polling: constantPolling({ interval: 2 }),
      }
      return { ...read(primaryOf(database), storeOn(database, standby), options), messages, id }
    })
    const writing = slowWriters(database, {
      writers: 6,
      transactions: 60,
      streams: (writer, transaction) =>
        [`airport-${writer}`, `flight-${transaction % 5}`, `airport-${transaction % 7}`].toSorted(),
    })
    const ended = new AbortController()
    const toggling = (async () => {
      while (!ended.signal.aborted) {
        await standby.pauseReplay()
        await sql`select pg_sleep(0.02)`.execute(database.db)
        await standby.resumeReplay()
        await sql`select pg_sleep(0.02)`.execute(database.db)
      }
    })()
    const committed = await writing
    ended.abort()
    await toggling
    const all = await database.db
      .selectFrom('message_store.messages')
      .select(['id', 'stream_name'])
      .orderBy('global_position')
      .execute()
    expect(all).toHaveLength(committed.size)
    const expected = (prefix: string): string[] =>
      all.filter(({ stream_name: name }) => name.startsWith(prefix)).map(({ id }) => id)
    const [total, airports] = [expected(''), expected('airport-')]
    const [everything, several, one, even, odd] = readings
    await until(
      () =>
        everything?.messages.length === total.length &&
        several?.messages.length === total.length &&
        one?.messages.length === airports.length &&
        (even?.messages.length ?? 0) + (odd?.messages.length ?? 0) >= airports.length,
    )
    await Promise.all(readings.map(({ end }) => end()))
    const ids = (reading = everything): string[] => reading?.messages.map(({ id }) => id) ?? []
    expect(ids(everything)).toEqual(total)
    expect(ids(several)).toEqual(total)
    expect(ids(one)).toEqual(airports)
    expect([...ids(even), ...ids(odd)].toSorted()).toEqual(airports.toSorted())
    for (const reading of [even, odd]) {
      const own = new Set(ids(reading))
      expect(ids(reading)).toEqual(airports.filter((id) => own.has(id)))
    }
  },
)

test('two standbys behind one address, one of them late: nothing is skipped', async () => {
  await using database = await newDatabase()
  await writeNumbers(database.store, 'airport-SEA', 1, 1, trip)
  await Promise.all([standby.caughtUp(), other.caughtUp()])
  await other.pauseReplay()
  await writeNumbers(database.store, 'airport-SEA', 2, 20, trip)
  await standby.caughtUp()
  let turn = 0
  await using balanced = oneAddress(() => {
    turn += 1
    return onPort(database, (turn % 2 === 0 ? standby : other).port)
  })
  const readings = Object.values(sources).map((source) =>
    read(primaryOf(database), balanced.store, {
      source,
      batchSize: 3,
    }),
  )
  await until(() => readings.every(({ seen }) => seen.length >= 20))
  await other.resumeReplay()
  await Promise.all(readings.map(({ end }) => end()))
  for (const { seen } of readings) expect(seen).toEqual(numbers(1, 20))
})

test.each(['fast', 'immediate'] as const)('a standby that is restarted (%s)', async (mode) => {
  await using database = await newDatabase()
  await writeNumbers(database.store, 'airport-SEA', 1, 3, trip)
  const readings = Object.values(sources).map((source) =>
    read(primaryOf(database), storeOn(database, standby), {
      source,
      reconnect: { min: 1, max: 10 },
    }),
  )
  await until(() => readings.every(({ seen }) => seen.length >= 3))
  const away = Promise.all(readings.map(({ events }) => events.next('reconnecting')))
  const restarted = standby.restart({ mode })
  await writeNumbers(database.store, 'airport-SEA', 4, 6, trip)
  await away
  await restarted
  await until(() => readings.every(({ seen }) => seen.length >= 6))
  await Promise.all(readings.map(({ end }) => end()))
  for (const { seen } of readings) expect(seen).toEqual(numbers(1, 6))
})

test('a read that the replay cancels is begun again', async () => {
  await using database = await newDatabase()
  await writeNumbers(database.store, 'airport-SEA', 1, 3)
  await standby.caughtUp()
  const settings = standby.connect(database)
  const setDelay = async (delay: RawBuilder<unknown>): Promise<void> => {
    await sql`alter system ${delay}`.execute(settings)
    await sql`select pg_reload_conf()`.execute(settings)
  }
  await setDelay(sql`set max_standby_streaming_delay = 0`)
  const plain = storeOn(database, standby)
  let held = 0
  const readFrom = {
    ...plain,
    using(trx: Parameters<typeof plain.using>[0]) {
      const inSession = plain.using(trx)
      return {
        ...inSession,
        async getCategoryMessages(...args: Parameters<typeof plain.getCategoryMessages>) {
          const messages = await inSession.getCategoryMessages(...args)
          held += 1
          if (held > 1) return messages
          // The lock is replayed, and the session that holds the table is in its way.
          await database.db.transaction().execute(async (exclusive) => {
            await sql`lock table message_store.messages in access exclusive mode`.execute(exclusive)
          })
          for (;;) await sql`select pg_sleep(0.01)`.execute(trx)
        },
      } as typeof inSession
    },
  } as typeof plain
  const reading = read(primaryOf(database), readFrom, {
    source: { category: 'airport' },
    reconnect: { min: 1, max: 10 },
  })
  const { operation } = await reading.events.next('reconnecting')
  expect(operation).toBe('read')
  await until(() => reading.seen.length >= 3)
  await reading.end()
  await setDelay(sql`reset max_standby_streaming_delay`)
  expect(reading.seen).toEqual([1, 2, 3])
})

test('what it costs the primary: for a page a look at its log, and nothing when idle', async () => {
  await using database = await newDatabase()
  await writeNumbers(database.store, 'airport-SEA', 1, 20)
  await standby.caughtUp()
  await using primary = oneAddress(() => database.connectionString ?? '')
  await using replica = oneAddress(() => onPort(database, standby.port))
  const reading = read(primary.store, replica.store, {
    source: { category: 'airport', consumerGroup: { member: 0, size: 1 } },
    batchSize: 10,
  })
  await reading.events.next('live')
  const looks = primary.sent.length
  expect(looks).toBeLessThanOrEqual(4)
  expect(primary.sent.filter((text) => !text.includes('pg_current_wal_insert_lsn'))).toEqual([])
  const polled = replica.sent.length
  await until(() => replica.sent.length > polled + 50)
  expect(primary.sent).toHaveLength(looks)
  await reading.end()
  expect(reading.seen).toEqual(numbers(1, 20))
})

test('effects commit on the primary, once, in transactional mode and with a shared watch', async () => {
  await using database = await newDatabase()
  await installCheckpoints(database.db)
  await sql`create table effect (n int primary key)`.execute(database.db)
  const store = createMessageStore(database.connect())
  const readFrom = createMessageStore(standby.connect(database))
  const events = recordEvents()
  const subscription = subscribe(store, {
    id: 'effects',
    source: { category: 'airport', consumerGroup: { member: 0, size: 1 } },
    checkpoints: tableCheckpoints(store.db),
    transactional: 'page',
    readFrom,
    wakeUps: sharedWatch(readFrom, { interval: 1 }),
    polling: constantPolling({ interval: 1_000_000 }),
    handler: async ({ data }: Counted, { trx }) =>
      void (await sql`insert into effect values (${data.n})`.execute(trx)),
    ...events,
  })
  const run = subscription.run()
  await events.next('live')
  const writer = database.store
  for (let n = 1; n <= 30; n += 10) {
    await standby.pauseReplay()
    await writeNumbers(writer, 'airport-SEA', n, n + 9)
    await standby.resumeReplay()
  }
  const effects = async (): Promise<number> => {
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from effect`.execute(
      database.db,
    )
    return rows[0]?.n ?? 0
  }
  while ((await effects()) < 30) await new Promise((resolve) => setImmediate(resolve))
  await subscription.stop()
  await expect(run).resolves.toMatchObject({ position: 30n })
})

test('an elastic group is resized while the standby is late: nothing is lost or doubled', async () => {
  await using database = await newDatabase()
  await installCheckpoints(database.db)
  const store = createMessageStore(database.connect())
  const readFrom = createMessageStore(standby.connect(database))
  const writer = database.store
  const seen: number[] = []
  const group = { id: 'elastic', category: 'airport' }
  const watch = sharedWatch(readFrom, { interval: 1 })
  const run = [1, 2].map(() => {
    const subscription = subscribe(store, {
      id: group.id,
      source: { category: group.category, consumerGroup: { size: 2, lease: 3_000, heartbeat: 20 } },
      checkpoints: tableCheckpoints(store.db),
      transactional: 'page',
      batchSize: 4,
      polling: constantPolling({ interval: 5 }),
      readFrom,
      wakeUps: watch,
      handler: ({ data }: Counted) => void seen.push(data.n),
    })
    return { subscription, run: subscription.run() }
  })
  const write = async (first: number, last: number): Promise<void> => {
    for (const n of numbers(first, last)) await writeNumbers(writer, `airport-${n % 9}`, n, n)
  }
  await write(1, 20)
  await until(() => seen.length >= 20)
  await standby.pauseReplay()
  await write(21, 40)
  await resizeConsumerGroup(database.db, {
    ...group,
    size: 3,
  })
  for (;;) {
    const state = await readConsumerGroup(store.db, group)
    if (state?.size === 3 && state.resizeTo === undefined) break
  }
  await write(41, 60)
  await standby.resumeReplay()
  await until(() => seen.length >= 60)
  for (const each of run) await each.subscription.stop()
  await Promise.all(run.map((each) => each.run))
  expect(seen.toSorted((a, b) => a - b)).toEqual(numbers(1, 60))
})

describe('a promotion', () => {
  test('of the standby alone: the primary is read, and nothing of what is written there', async () => {
    await using database = await newDatabase()
    const readings = Object.values(sources).map((source) =>
      read(primaryOf(database), storeOn(database, other), { source }),
    )
    await writeNumbers(database.store, 'airport-SEA', 1, 3, trip)
    await until(() => readings.every(({ seen }) => seen.length >= 3))
    const turned = Promise.all(readings.map(({ events }) => events.next('reading from')))
    await other.promote()
    await writeNumbers(storeOn(database, other), 'airport-SEA', 1_000, 1_050, trip)
    await writeNumbers(database.store, 'airport-SEA', 4, 6, trip)
    expect(new Set((await turned).map(({ server: from, reason }) => `${from} ${reason}`))).toEqual(
      new Set(['primary promoted']),
    )
    await until(() => readings.every(({ seen }) => seen.length >= 6))
    await Promise.all(readings.map(({ end }) => end()))
    for (const { seen } of readings) expect(seen).toEqual(numbers(1, 6))
  })

  test('between the look and the page: the page is not taken', async () => {
    await using database = await server.createDatabase()
    await using promoted = await server.startStandby()
    const there = storeOn(database, promoted)
    // The process stands still after it was told that it reads a standby.
    let isDue = false
    const readFrom: typeof there = {
      ...there,
      using(trx) {
        const own = there.using(trx)
        return {
          ...own,
          async getCategoryMessages(...args) {
            if (isDue) {
              isDue = false
              await promoted.promote()
              await writeNumbers(there, 'airport-SEA', 1_000, 1_002)
            }
            return own.getCategoryMessages(...args)
          },
        }
      },
    }
    const { seen, events, end } = read(primaryOf(database), readFrom, {
      source: { category: 'airport' },
    })
    await writeNumbers(database.store, 'airport-SEA', 1, 3)
    await until(() => seen.length >= 3)
    const turned = events.next('reading from')
    isDue = true
    await turned
    await writeNumbers(database.store, 'airport-SEA', 4, 6)
    await until(() => seen.length >= 6)
    await end()
    expect(seen).toEqual(numbers(1, 6))
  })

  test('a failover to the standby: it goes on there; another that did not follow is not read', async () => {
    await using database = await server.createDatabase()
    await using promoted = await server.startStandby()
    await using stale = await server.startStandby()
    let primary = database.connectionString ?? ''
    await using moving = oneAddress(() => primary)
    const store = moving.store
    const readings = [promoted, stale].flatMap((from) =>
      Object.values(sources).map((source) => read(store, storeOn(database, from), { source })),
    )
    await writeNumbers(database.store, 'airport-SEA', 1, 3, trip)
    await until(() => readings.every(({ seen }) => seen.length >= 3))
    await promoted.caughtUp()
    await promoted.promote()
    const old = primary
    primary = onPort(database, promoted.port)
    // From here on nobody sees the old primary but the standby that still follows it.
    await moving.left(old)
    await writeNumbers(database.store, 'airport-SEA', 1_000, 1_050, trip)
    await stale.caughtUp()
    await writeNumbers(moving.store, 'airport-SEA', 4, 6, trip)
    await until(() => readings.every(({ seen }) => seen.length >= 6))
    await Promise.all(readings.map(({ end }) => end()))
    for (const { seen } of readings) expect(seen).toEqual(numbers(1, 6))
  })
})
