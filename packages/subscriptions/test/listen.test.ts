import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMessageStore } from '@mdb/core'
import { constantPolling, notifyingStore, subscribe } from '@mdb/subscriptions'
import {
  listenWakeUps,
  pgNotifier,
  type ListenEvent,
  type ListeningClient,
  type ListenWakeUpsOptions,
} from '@mdb/subscriptions/pg'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import type { TestDatabase } from '@mdb/testing'
import { sql } from 'kysely'
import pg from 'pg'
import { recordEvents } from './support/events.ts'
import { jumpingClock, manualClock } from './support/manual-clock.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbeddedPostgres()
})
afterAll(() => server.stop())

/** Listens, records what happens to the connection, and waits for it. */
function listen(database: TestDatabase, options: ListenWakeUpsOptions = {}) {
  const events: ListenEvent[] = []
  let waiting: Array<() => void> = []
  let seen = 0
  const connect = (): ListeningClient =>
    new pg.Client({
      connectionString: database.connectionString,
      application_name: 'listener',
    })
  const wakeUps = listenWakeUps(connect, {
    reconnect: { min: 1, max: 20 },
    observer(event) {
      events.push(event)
      for (const notice of waiting) notice()
      waiting = []
    },
    ...options,
  })
  return {
    wakeUps,
    events,
    async next(type: ListenEvent['type']): Promise<void> {
      for (;;) {
        const index = events.findIndex((event, at) => at >= seen && event.type === type)
        if (index >= 0) {
          seen = index + 1
          return
        }
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
  }
}

async function listeners(database: TestDatabase, kill = false): Promise<number> {
  const { rows } = await sql`
    select case when ${kill} then pg_terminate_backend(pid) end from pg_stat_activity
    where application_name = 'listener' and datname = current_database()
  `.execute(database.db)
  return rows.length
}

/** A subscription whose own time stands still: only wake-ups bring it messages. */
function sleeper(database: TestDatabase, wakeUps: ReturnType<typeof listenWakeUps>) {
  const seen: number[] = []
  const events = recordEvents()
  const waiting = new Map<number, () => void>()
  const subscription = subscribe(database.store, {
    id: 'sleeper',
    source: { category: 'airport' },
    polling: constantPolling({ interval: 1_000 }),
    clock: manualClock(),
    wakeUps,
    handler({ data }: Counted) {
      seen.push(data.n)
      waiting.get(data.n)?.()
    },
    ...events,
  })
  const run = subscription.run()
  return {
    seen,
    live: () => events.next('live'),
    until: (n: number) =>
      seen.includes(n)
        ? Promise.resolve()
        : new Promise<void>((resolve) => void waiting.set(n, resolve)),
    async stop() {
      await subscription.stop()
      await run
    },
  }
}

describe('LISTEN', () => {
  test('wakes a subscription that sleeps, by NOTIFY after the write', async () => {
    await using database = await server.createDatabase()
    const listening = listen(database)
    await using wakeUps = listening.wakeUps
    await listening.next('listening')
    const reading = sleeper(database, wakeUps)
    await reading.live()
    const store = notifyingStore(database.store, pgNotifier(database.db))
    for (let n = 1; n <= 5; n += 1) {
      await writeNumbers(store, 'airport-SEA', n, n)
      await reading.until(n)
    }
    // a bare NOTIFY, from psql or a trigger of one's own
    await writeNumbers(database.store, 'airport-SEA', 6, 6)
    await sql`notify mdb`.execute(database.db)
    await reading.until(6)
    await reading.stop()
    expect(reading.seen).toEqual([1, 2, 3, 4, 5, 6])
  })

  test('its connection killed again and again: it listens anew, and wakes for what it missed', async () => {
    await using database = await server.createDatabase()
    const listening = listen(database)
    await using wakeUps = listening.wakeUps
    await listening.next('listening')
    const reading = sleeper(database, wakeUps)
    await reading.live()
    for (let n = 1; n <= 5; n += 1) {
      // The one before may not be gone yet: its client hears of the end first.
      expect(await listeners(database, true)).toBeGreaterThan(0)
      await listening.next('lost')
      // nobody says that this is written
      await writeNumbers(database.store, 'airport-SEA', n, n)
      await listening.next('listening')
      await reading.until(n)
    }
    await expect.poll(async () => listeners(database)).toBe(1)
    // and hints come again
    const notifier = pgNotifier(database.db)
    await writeNumbers(notifyingStore(database.store, notifier), 'airport-SEA', 6, 6)
    await reading.until(6)
    await reading.stop()
    expect(reading.seen).toEqual([1, 2, 3, 4, 5, 6])
    expect(listening.events.filter(({ type }) => type === 'lost')).toHaveLength(5)
  })

  test('outlives a restart of the server', async () => {
    await using database = await server.createDatabase()
    const listening = listen(database)
    await using wakeUps = listening.wakeUps
    await listening.next('listening')
    const reading = sleeper(database, wakeUps)
    await reading.live()
    await server.restart()
    await listening.next('lost')
    await listening.next('listening')
    await writeNumbers(createMessageStore(database.connect()), 'airport-SEA', 1, 1)
    pgNotifier(database.connect()).notify('airport')
    await reading.until(1)
    await reading.stop()
    expect(reading.seen).toEqual([1])
  })

  test('tries for ever, with backoff, and can be closed meanwhile', async () => {
    const delays: number[] = []
    const tried = Promise.withResolvers<void>()
    await using wakeUps = listenWakeUps(() => new pg.Client({ host: '127.0.0.1', port: 1 }), {
      clock: jumpingClock(),
      reconnect: { random: () => 1 },
      observer(event) {
        if (event.type !== 'lost') return
        delays.push(event.delay)
        if (delays.length === 30) tried.resolve()
      },
    })
    await tried.promise
    await wakeUps.close()
    expect(delays.slice(0, 9)).toEqual([100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
    const closed = delays.length
    await new Promise((resolve) => setImmediate(resolve))
    expect(delays).toHaveLength(closed)
  })

  test('a connection that is silent is given up, and made anew', async () => {
    const clock = manualClock()
    let made = 0
    const again = Promise.withResolvers<void>()
    // What a firewall leaves of a connection: it takes everything, and says nothing.
    const silent = (): ListeningClient => {
      made += 1
      if (made === 2) again.resolve()
      return {
        connect: () => Promise.resolve(),
        query: (text) => (text.startsWith('listen') ? Promise.resolve() : new Promise(() => {})),
        end: () => Promise.resolve(),
        on: () => undefined,
      }
    }
    const wakeUps = listenWakeUps(silent, {
      clock,
      heartbeat: 1_000,
      reconnect: { random: () => 0 },
    })
    // A heartbeat after the other, and the wait before the next try.
    const tick = async (): Promise<number> => {
      await Promise.race([clock.untilAsleep(), again.promise])
      clock.advance(1_000)
      return made
    }
    for (let count = await tick(); count < 2;) count = await tick()
    await wakeUps.close()
    expect(made).toBe(2)
  })

  test('closing closes the connection, and the subscription polls on', async () => {
    await using database = await server.createDatabase()
    const listening = listen(database)
    await listening.next('listening')
    await listening.wakeUps.close()
    while ((await listeners(database)) > 0) await new Promise((resolve) => setImmediate(resolve))
    await writeNumbers(database.store, 'airport-SEA', 1, 1)
    const reading = sleeper(database, listening.wakeUps)
    await reading.until(1)
    await reading.stop()
    expect(reading.seen).toEqual([1])
  })

  test('a channel of its own, whatever its name', async () => {
    await using database = await server.createDatabase()
    const channel = 'odd "name"; x'
    const listening = listen(database, { channel })
    await using wakeUps = listening.wakeUps
    await listening.next('listening')
    const reading = sleeper(database, wakeUps)
    await reading.live()
    await writeNumbers(database.store, 'airport-SEA', 1, 1)
    pgNotifier(database.db, { channel }).notify('airport')
    await reading.until(1)
    await reading.stop()
    expect(reading.seen).toEqual([1])
  })
})

describe('NOTIFY', () => {
  test('is sent in statements of its own, gathered: a thousand writes are a few', async () => {
    await using database = await server.createDatabase()
    let statements = 0
    const notifier = pgNotifier({
      getExecutor: () => {
        statements += 1
        return database.db.getExecutor()
      },
    })
    for (let n = 0; n < 1_000; n += 1) notifier.notify(`category${n % 3}`)
    await notifier.idle()
    expect(statements).toBe(1)
    notifier.notify('airport')
    await Promise.resolve()
    await Promise.resolve()
    for (let n = 0; n < 1_000; n += 1) notifier.notify('flight')
    await notifier.idle()
    expect(statements).toBe(3)
  })

  test('that fails harms nobody: the write has succeeded, and it says so', async () => {
    await using database = await server.createDatabase()
    const errors: unknown[] = []
    const notifier = pgNotifier(database.db, {
      channel: 'longer than a name can be '.repeat(10),
      onError(error) {
        errors.push(error)
        throw new Error('a careless observer')
      },
    })
    const store = notifyingStore(database.store, notifier)
    for (let n = 1; n <= 2; n += 1) {
      await store.writeMessage('airport-SEA', { type: 'Counted', data: { n } })
      await notifier.idle()
      expect(errors).toHaveLength(n)
    }
  })

  test('a name that is too long for a payload wakes everybody', async () => {
    await using database = await server.createDatabase()
    const listening = listen(database)
    await using wakeUps = listening.wakeUps
    await listening.next('listening')
    const reading = sleeper(database, wakeUps)
    await reading.live()
    await writeNumbers(database.store, 'airport-SEA', 1, 1)
    const notifier = pgNotifier(database.db, {
      onError: (error) => {
        throw error
      },
    })
    notifier.notify('x'.repeat(9_000))
    await reading.until(1)
    await reading.stop()
    expect(reading.seen).toEqual([1])
  })
})
