import { createMessageStore } from '@mdb/core'
import {
  constantPolling,
  notifyingStore,
  subscribe,
  type Subscription,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { listenWakeUps, pgNotifier } from '@mdb/subscriptions/pg'
import { planFaults, type FaultOptions, type Faults, type TestDatabase } from '@mdb/testing'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { sql } from 'kysely'
import pg from 'pg'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type EffectDatabase, effects, installEffects, upTo } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { manualClock } from './support/manual-clock.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbeddedPostgres()
})
afterAll(async () => server.stop())

const MODES = ['at least once', 'message', 'page'] as const

interface Told {
  readonly subscription: Subscription
  readonly faults: Faults
  /** What the handler was called with, rolled back or not. */
  readonly handled: readonly number[]
}

/** A subscription of some mode whose connections suffer, over five numbers in pages of two. */
async function suffering(
  database: TestDatabase<EffectDatabase>,
  mode: (typeof MODES)[number],
  options: FaultOptions,
): Promise<Told> {
  await installEffects(database.db)
  await writeNumbers(database.store, 'airport-SEA', 1, 5)
  const faults = planFaults(options)
  const db = database.connect({ faults })
  const store = database.store.using(db)
  const handled: number[] = []
  const common = {
    id: 'delays',
    source: { category: 'airport' },
    checkpoints: tableCheckpoints(db),
    batchSize: 2,
    reconnect: { min: 1, max: 5 },
  }
  const subscription =
    mode === 'at least once'
      ? subscribe<Counted>(store, {
          ...common,
          checkpointInterval: { messages: 2 },
          async handler({ data }) {
            handled.push(data.n)
            await db.insertInto('effect').values({ n: data.n, by: 'one' }).execute()
          },
        })
      : subscribe(store, {
          ...common,
          transactional: mode,
          async handler({ data }: Counted, { trx }) {
            handled.push(data.n)
            await trx.insertInto('effect').values({ n: data.n, by: 'one' }).execute()
          },
        })
  return { subscription, faults, handled }
}

describe('a lease that is lost', () => {
  for (const [mode, occurrence, kept] of [
    ['at least once', 1, [1, 2]],
    ['at least once', 2, [1, 2, 3, 4]],
    ['message', 1, []],
    ['message', 2, [1]],
    ['page', 1, []],
    ['page', 2, [1, 2]],
  ] as const) {
    test(`fences the run that had it: ${mode}, at save ${occurrence}`, async () => {
      await using database = await server.createDatabase<EffectDatabase>()
      const { subscription, faults } = await suffering(database, mode, {
        faults: [{ fault: 'lease lost', occurrence }],
      })
      const run = subscription.run({ until: 'caught up' })
      await expect(run).rejects.toMatchObject({ code: 'FENCED' })
      expect(faults.struck).toMatchObject([
        { fault: 'lease lost', point: 'checkpoint', occurrence },
      ])
      expect(await effects(database.db)).toEqual(kept)
    })
  }

  test('is not lost in a transaction that holds it, whatever the point', async () => {
    await using database = await server.createDatabase<EffectDatabase>()
    const { subscription, faults } = await suffering(database, 'page', {
      faults: [{ fault: 'lease lost', before: 'commit', times: Infinity }],
    })
    await subscription.run({ until: 'caught up' })
    expect(faults.struck).toEqual([])
    expect(await effects(database.db)).toEqual(upTo(5))
  })
})

describe('a connection that is lost between page and checkpoint', () => {
  for (const [mode, occurrence, handled] of [
    // The place alone is saved again.
    ['at least once', 1, [1, 2, 3, 4, 5]],
    // Both save before the handler, or lock.
    ['message', 1, [1, 2, 3, 4, 5]],
    ['page', 1, [1, 2, 3, 4, 5]],
    // The page's save, after its handler: that is rolled back, and handled again.
    ['page', 2, [1, 2, 1, 2, 3, 4, 5]],
  ] as const) {
    test(`costs no effect, and doubles none: ${mode}, at ${occurrence}`, async () => {
      await using database = await server.createDatabase<EffectDatabase>()
      const told = await suffering(database, mode, {
        faults: [{ fault: 'connection lost', occurrence }],
      })
      await told.subscription.run({ until: 'caught up' })
      expect(told.faults.struck).toMatchObject([{ point: 'checkpoint', occurrence }])
      expect(told.faults.struck[0]?.sql).not.toMatch(/insert into/)
      expect(told.handled).toEqual(handled)
      expect((await effects(database.db)).toSorted((a, b) => a - b)).toEqual(upTo(5))
      expect(told.subscription.position).toBe(5n)
    })
  }

  test('and never comes back: the messages are handled again by the next run', async () => {
    await using database = await server.createDatabase<EffectDatabase>()
    const told = await suffering(database, 'at least once', {
      faults: [{ fault: 'connection lost', occurrence: 1, times: Infinity }],
    })
    const stopping = new AbortController()
    const run = told.subscription.run({ signal: stopping.signal })
    await told.faults.untilStruck(2)
    stopping.abort()
    await expect(run).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' })
    const next = subscribe(database.store, {
      id: 'delays',
      source: { category: 'airport' },
      checkpoints: tableCheckpoints(database.db),
      async handler({ data }: Counted) {
        await database.db.insertInto('effect').values({ n: data.n, by: 'next' }).execute()
      },
    })
    await next.run({ until: 'caught up' })
    expect(await effects(database.db)).toEqual([1, 2, 1, 2, 3, 4, 5])
  })
})

test('a wake-up that is lost is made up for by polling', async () => {
  await using database = await server.createDatabase<EffectDatabase>()
  const faults = planFaults({ faults: [{ fault: 'wake-up lost' }] })
  const writing = notifyingStore(database.store, pgNotifier(database.connect({ faults })))
  // What was sent before the marker has come before it.
  const heard: string[] = []
  const marked = Promise.withResolvers<void>()
  const ear = new pg.Client({ connectionString: database.connectionString })
  await ear.connect()
  ear.on('notification', ({ channel }) => {
    heard.push(channel)
    if (channel === 'marker') marked.resolve()
  })
  await ear.query('listen mdb; listen marker')
  const listening = Promise.withResolvers<void>()
  await using wakeUps = listenWakeUps(
    () => new pg.Client({ connectionString: database.connectionString }),
    { observer: ({ type }) => void (type === 'listening' && listening.resolve()) },
  )
  await listening.promise
  const clock = manualClock()
  const events = recordEvents()
  const handled: number[] = []
  const awaited = new Map([1, 2].map((n) => [n, Promise.withResolvers<void>()]))
  const subscription = subscribe(database.store, {
    id: 'sleeper',
    source: { category: 'airport' },
    polling: constantPolling({ interval: 1_000 }),
    clock,
    wakeUps,
    observer: events.observer,
    handler({ data }: Counted) {
      handled.push(data.n)
      awaited.get(data.n)?.resolve()
    },
  })
  const run = subscription.run()
  await events.next('live')
  await clock.untilAsleep()
  await writeNumbers(writing, 'airport-SEA', 1, 1)
  await faults.untilStruck()
  await sql`notify marker`.execute(database.db)
  await marked.promise
  expect(heard).toEqual(['marker'])
  clock.advance(1_000)
  await awaited.get(1)?.promise
  // The next one is sent: nothing else wakes it, for its time stands still.
  await clock.untilAsleep()
  await writeNumbers(writing, 'airport-SEA', 2, 2)
  await awaited.get(2)?.promise
  await subscription.stop()
  await run
  await ear.end()
  expect(handled).toEqual([1, 2])
})

for (const mode of MODES) {
  test(`a restart of the database is outlived: ${mode}`, async () => {
    await using own = await startEmbeddedPostgres()
    await using database = await own.createDatabase<EffectDatabase>()
    const { subscription, faults } = await suffering(database, mode, {
      // Where nothing is committed, before the place is saved.
      faults: [
        { fault: 'database restarted', before: mode === 'at least once' ? 'checkpoint' : 'commit' },
      ],
      restart: async () => own.restart({ mode: 'immediate' }),
    })
    await subscription.run({ until: 'caught up' })
    expect(faults.struck).toMatchObject([{ fault: 'database restarted' }])
    const store = createMessageStore(database.connect())
    expect(await effects(store.db)).toEqual(upTo(5))
    expect(subscription.position).toBe(5n)
  })
}
