import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMessageStore, type Message, type MessageStoreDatabase } from '@mdb/core'
import {
  constantPolling,
  inProcessWakeUps,
  notifyingStore,
  sharedWatch,
  subscribe,
  type SourceOptions,
  type Subscription,
  type SubscriptionOptions,
  type WakeUps,
} from '@mdb/subscriptions'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { sql } from 'kysely'
import { concerns, headsOf } from '../src/wake-ups/wake-ups.ts'
import { codedError } from './support/errors.ts'
import { recordEvents } from './support/events.ts'
import { manualClock } from './support/manual-clock.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'
import { scriptedStore } from './support/scripted-store.ts'

const base = {
  id: 'woken',
  source: { category: 'airport' },
  polling: constantPolling({ interval: 1_000_000 }),
  handler: () => {},
} satisfies SubscriptionOptions

describe('a wake-up', () => {
  test('ends a sleep, and no other does; afterwards nobody listens', async () => {
    const clock = manualClock()
    const store = scriptedStore([1, 0, 2])
    const wakeUps = inProcessWakeUps()
    let listening = 0
    const counted: WakeUps = {
      listen(topic, wake) {
        listening += 1
        const end = wakeUps.listen(topic, wake)
        return () => {
          listening -= 1
          end()
        }
      },
    }
    const subscription = subscribe(store, { ...base, clock, wakeUps: counted })
    const run = subscription.run()
    await clock.untilAsleep()
    expect(listening).toBe(1)
    wakeUps.notify('flight')
    expect(clock.sleeping).toBe(1)
    wakeUps.notify('airport')
    expect(clock.sleeping).toBe(0)
    await clock.untilAsleep()
    expect(store.positions).toEqual([1n, 2n])
    wakeUps.notify('airport')
    wakeUps.notify('airport')
    await clock.untilAsleep()
    expect(store.positions).toEqual([1n, 2n, 2n])
    expect(clock.now()).toBe(0)
    await subscription.stop()
    await run
    expect(listening).toBe(0)
  })

  test('during a page means no sleep after it, once', async () => {
    const clock = manualClock()
    const store = scriptedStore([1, 0])
    const wakeUps = inProcessWakeUps()
    const subscription = subscribe(store, {
      ...base,
      clock,
      wakeUps,
      handler: () => wakeUps.notify('airport'),
    })
    const run = subscription.run()
    await clock.untilAsleep()
    expect(store.positions).toEqual([1n, 2n])
    expect(clock.sleeps).toEqual([1_000_000])
    await subscription.stop()
    await run
  })

  test('listening ends when the run fails, too', async () => {
    let listening = 0
    const wakeUps: WakeUps = {
      listen() {
        listening += 1
        return () => void (listening -= 1)
      },
    }
    const boom = codedError('42P01')
    await expect(subscribe(scriptedStore([boom]), { ...base, wakeUps }).run()).rejects.toThrow()
    expect(listening).toBe(0)
  })

  test.each<[SourceOptions, string[]]>([
    [{ stream: 'airport-SEA' }, ['airport']],
    [{ category: 'airport' }, ['airport']],
    [{ category: 'airport:command' }, ['airport:command']],
    [{ categories: ['airport', 'flight'] }, ['airport', 'flight']],
    [{ all: true }, ['airport', 'airport:command', 'flight', 'x']],
  ])('concerns who reads what was written: %o', (source, expected) => {
    const written = ['airport', 'airport:command', 'flight', 'x']
    expect(written.filter((category) => concerns(source, category))).toEqual(expected)
    expect(headsOf(source).length).toBeGreaterThan(0)
  })
})

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbeddedPostgres()
})
afterAll(() => server.stop())

const topics = [
  { stream: 'airport-SEA' },
  { category: 'airport' },
  { category: 'airport', consumerGroup: { member: 0, size: 1 } },
  { categories: ['flight', 'airport'] },
  { all: true },
] satisfies SourceOptions[]

describe('a store that notifies', () => {
  test('wakes each source after each kind of write, and not within a transaction', async () => {
    await using database = await server.createDatabase()
    const wakeUps = inProcessWakeUps()
    const heard: string[] = []
    const store = notifyingStore(database.store, {
      notify: (category) => void heard.push(category),
    })
    const message = { type: 'Counted', data: { n: 1 } }
    await store.writeMessage('airport-SEA', message)
    await store.writeMessages('airport-SEA', [message, message])
    await store.writeToStreams([
      { streamName: 'airport-1', message },
      { streamName: 'flight:command-1', message },
      { streamName: 'airport-2', message },
    ])
    expect(heard.toSorted()).toEqual(['airport', 'airport', 'airport', 'flight:command'])
    await database.db.transaction().execute(async (trx) => {
      await store.using(trx).writeMessage('airport-SEA', message)
    })
    await expect(
      store.writeMessage('airport-SEA', message, { expectedVersion: 77n }),
    ).rejects.toMatchObject({ code: 'WRONG_EXPECTED_VERSION' })
    expect(heard).toHaveLength(4)

    // The interval is beyond the test's time: only a wake-up brings the message.
    const telling = notifyingStore(database.store, wakeUps)
    for (const source of topics) {
      const seen: number[] = []
      const events = recordEvents()
      const subscription = subscribe(telling, {
        ...base,
        ...events,
        source: { ...source, tail: true },
        wakeUps,
        handler({ data }: Counted) {
          seen.push(data.n)
          void subscription.stop()
        },
      })
      const run = subscription.run()
      await events.next('live')
      await writeNumbers(telling, 'airport-SEA', 7, 7)
      await run
      expect(seen).toEqual([7])
    }
  })
})

describe('a shared watch', () => {
  test('a hundred idle subscriptions send what one would', async () => {
    await using database = await server.createDatabase()
    await writeNumbers(database.store, 'airport-SEA', 1, 3)
    async function statements(count: number): Promise<number> {
      let sent = 0
      const worker = database.connect({ max: 5 })
      const store = createMessageStore<MessageStoreDatabase>(worker)
      const counting = {
        ...store,
        getCategoryMessages: (...args: Parameters<typeof store.getCategoryMessages>) => {
          sent += 1
          return store.getCategoryMessages(...args)
        },
        db: {
          getExecutor: () => {
            sent += 1
            return worker.getExecutor()
          },
        },
      } as unknown as typeof store
      const watchClock = manualClock()
      const wakeUps = sharedWatch(counting, { interval: 50, clock: watchClock })
      const events = Array.from({ length: count }, () => recordEvents())
      const clocks = events.map(() => manualClock())
      const subscriptions = events.map(({ observer }, index): Subscription =>
        subscribe(counting, {
          id: `idle-${index}`,
          // filtered or not, of one category or another
          source: [
            { category: 'airport' },
            { category: 'airport', correlation: 'nowhere' },
            { category: `empty${index}` },
          ][index % 3] ?? { all: true },
          polling: constantPolling({ interval: 50 }),
          clock: clocks[index],
          wakeUps,
          handler: () => {},
          observer,
        }),
      )
      const runs = subscriptions.map((each) => each.run())
      // Live, and asleep for good: whoever was woken by the first look has looked again.
      const isLive = (): boolean => events.every(({ types }) => types().includes('live'))
      while (!isLive() || clocks.some(({ sleeping }) => sleeping === 0)) {
        await new Promise((resolve) => setImmediate(resolve))
        watchClock.advance(50)
      }
      await watchClock.untilAsleep()

      sent = 0
      for (let round = 0; round < 20; round += 1) {
        for (const clock of clocks) clock.advance(50)
        watchClock.advance(50)
        await watchClock.untilAsleep()
      }
      const idle = sent
      await Promise.all(subscriptions.map((each) => each.stop()))
      await Promise.all(runs)
      expect(watchClock.sleeping).toBe(0)
      const polls = clocks.map(({ sleeps }) => sleeps.length)
      expect(Math.min(...polls)).toBeGreaterThan(5)
      return idle
    }
    const one = await statements(1)
    expect(one).toBe(20)
    expect(await statements(100)).toBe(20)
  })

  test('wakes who reads what was written, on every source, and nobody else', async () => {
    await using database = await server.createDatabase()
    const wakeUps = sharedWatch(createMessageStore(database.connect()), { interval: 1 })
    const woken: string[] = []
    const first = Promise.withResolvers<void>()
    for (const [name, topic] of Object.entries({
      all: { all: true as const },
      airport: { category: 'airport' },
      flight: { category: 'flight' },
      stream: { stream: 'airport-SEA' },
      other: { stream: 'airport-JFK' },
      several: { categories: ['flight', 'airport'] },
    })) {
      wakeUps.listen(topic, () => {
        woken.push(name)
        if (woken.length === 4) first.resolve()
      })
    }
    await writeNumbers(database.store, 'airport-SEA', 1, 1)
    await first.promise
    expect(woken.toSorted()).toEqual(['airport', 'all', 'several', 'stream'])
  })

  test('brings messages while every subscription sleeps, also a filtered one', async () => {
    await using database = await server.createDatabase()
    const store = createMessageStore<MessageStoreDatabase>(database.connect())
    const wakeUps = sharedWatch(store, { interval: 1 })
    const subscriptions = topics.map((source) => {
      const seen: number[] = []
      const events = recordEvents()
      const subscription = subscribe(store, {
        ...base,
        ...events,
        // On the machine's clock: several categories wait on it for a writer of the moment.
        source,
        wakeUps,
        handler({ data }: Counted) {
          seen.push(data.n)
          if (seen.length === 5) void subscription.stop()
        },
      })
      return { seen, events, run: subscription.run() }
    })
    // All sleep before anything is written: one that finds all five at once ends without being live.
    for (const { events } of subscriptions) await events.next('live')
    await writeNumbers(database.store, 'airport-SEA', 1, 5)
    for (const { seen, run } of subscriptions) {
      await run
      expect(seen).toEqual([1, 2, 3, 4, 5])
    }
  })

  test('when the database is away, its subscriptions say so, and go on afterwards', async () => {
    await using database = await server.createDatabase()
    const store = createMessageStore<MessageStoreDatabase>(database.connect())
    const wakeUps = sharedWatch(store, { interval: 1 })
    const events = recordEvents()
    const seen: number[] = []
    const subscription = subscribe(store, {
      ...base,
      ...events,
      polling: constantPolling({ interval: 1 }),
      reconnect: { min: 1, max: 5 },
      wakeUps,
      handler({ data }: Counted) {
        seen.push(data.n)
        if (data.n === 2) void subscription.stop()
      },
    })
    const run = subscription.run()
    await writeNumbers(database.store, 'airport-SEA', 1, 1)
    await events.next('live')
    const restarted = server.restart()
    await events.next('reconnecting')
    await restarted
    await events.next('reconnected')
    await writeNumbers(createMessageStore(database.connect()), 'airport-SEA', 2, 2)
    await run
    expect(seen).toEqual([1, 2])
  })
})

test(
  'lost, late, doubled and false wake-ups change nothing but latency',
  { timeout: 60_000 },
  async () => {
    await using database = await server.createDatabase()
    const wakes = new Set<() => void>()
    const unreliable: WakeUps = {
      listen(_topic, wake) {
        wakes.add(wake)
        return () => void wakes.delete(wake)
      },
    }
    const late: Array<() => void> = []
    function hint(n: number): void {
      for (const wake of wakes) {
        if (n % 2 === 0) wake()
        if (n % 6 === 0) wake()
        if (n % 3 === 0) late.push(wake)
        if (n % 10 === 0) while (late.length > 0) late.pop()?.()
      }
    }
    const COUNT = 300
    await Promise.all([
      ...topics.map(async (source) => {
        const seen: number[] = []
        const subscription = subscribe(database.store, {
          id: 'hinted',
          source,
          batchSize: 7,
          polling: constantPolling({ interval: 20 }),
          wakeUps: unreliable,
          handler({ data }: Message<'Counted', { n: number }>) {
            seen.push(data.n)
            if (data.n === COUNT) void subscription.stop()
          },
        })
        await subscription.run()
        expect(seen).toEqual(Array.from({ length: COUNT }, (_, index) => index + 1))
      }),
      (async () => {
        for (let n = 1; n <= COUNT; n += 1) {
          hint(n)
          await writeNumbers(database.store, 'airport-SEA', n, n)
          hint(n)
        }
      })(),
    ])
    await sql`select 1`.execute(database.db)
  },
)
