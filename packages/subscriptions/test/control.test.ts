import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import {
  constantPolling,
  createSubscriber,
  InvalidOptionError,
  NotPausedError,
  pauseSubscription,
  readLag,
  resumeSubscription,
  subscribe,
  type Subscription,
  systemClock,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { describe, expect } from 'vitest'
import { connectTo } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { manualClock } from './support/manual-clock.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

// What an operator asks of a subscription that runs here, over connections of its own. In processes of
// their own: control-processes.test.ts.

const embedded = messageStoreTest({ backend: 'embedded' })
const pglite = messageStoreTest({ backend: 'pglite' })
const delays = { id: 'delays', source: { category: 'airport' } }
const key = { subscriptionId: 'delays', source: 'airport' }
const base = { ...delays, polling: constantPolling({ interval: 5 }), controlInterval: 5 }

describe('pauseSubscription', () => {
  for (const [name, test] of Object.entries({ embedded, pglite })) {
    test(`lets the page in flight finish, saves the place, and holds: ${name}`, async ({
      db,
      store,
    }) => {
      await installCheckpoints(db)
      await writeNumbers(store, 'airport-SEA', 1, 10)
      const checkpoints = tableCheckpoints(db)
      const events = recordEvents()
      const numbers: number[] = []
      // By the end of the page it is time to look again, whatever a pause takes to be asked for.
      let skipped = 0
      const clock = { ...systemClock, now: () => systemClock.now() + skipped }
      const subscription = subscribe<Counted>(store, {
        ...base,
        batchSize: 4,
        checkpoints,
        clock,
        ...events,
        async handler({ data }) {
          if (numbers.push(data.n) !== 2) return
          await pauseSubscription(db, { ...delays, wait: false })
          skipped += base.controlInterval
        },
      })
      const run = subscription.run()
      await events.next('paused')
      expect(await pauseSubscription(db, delays)).toMatchObject([
        { consumerGroup: undefined, state: 'paused', position: 4n },
      ])
      // The page that was read ahead waits too.
      expect(numbers).toEqual([1, 2, 3, 4])
      expect(subscription.state).toBe('paused')
      expect(await readLag(store, delays)).toMatchObject([{ isPaused: true }])
      expect(await resumeSubscription(db, delays)).toEqual({ resumed: true })
      expect(await resumeSubscription(db, delays)).toEqual({ resumed: false })
      await events.next('resumed')
      await events.next('live')
      expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10])
      expect(await readLag(store, delays)).toMatchObject([{ isPaused: false }])
      await subscription.stop()
      await run
      expect(events.types().filter((type) => type === 'paused')).toHaveLength(1)
      expect(await pauseSubscription(db, delays)).toMatchObject([
        { state: 'not running', owner: undefined, position: 10n },
      ])
    })
  }

  embedded('waits for the handler that is in flight', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 1)
    const began = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const subscription = subscribe<Counted>(store, {
      ...base,
      checkpoints: tableCheckpoints(db),
      async handler() {
        began.resolve()
        await end.promise
      },
    })
    const run = subscription.run()
    await began.promise
    expect(await pauseSubscription(db, { ...delays, wait: false })).toMatchObject([
      { state: 'running', position: undefined },
    ])
    const clock = manualClock()
    const impatient = pauseSubscription(db, { ...delays, clock, timeout: 3_000, interval: 1_000 })
    for (let second = 0; second < 3; second += 1) {
      await clock.untilAsleep(2)
      clock.advance(1_000)
    }
    await expect(impatient).rejects.toThrow(NotPausedError)
    await expect(impatient).rejects.toMatchObject({
      code: 'NOT_PAUSED',
      timeout: 3_000,
      running: [{ state: 'running', owner: expect.stringContaining(`:${process.pid}`) }],
    })
    const pausing = pauseSubscription(db, delays)
    end.resolve()
    expect(await pausing).toMatchObject([{ state: 'paused', position: 1n }])
    await subscription.stop()
    await run
  })

  embedded('who begins while it is paused handles nothing', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 3)
    expect(await pauseSubscription(db, delays)).toEqual([])
    const events = recordEvents()
    const numbers: number[] = []
    const subscription = subscribe<Counted>(store, {
      ...base,
      checkpoints: tableCheckpoints(db),
      ...events,
      handler: ({ data }) => void numbers.push(data.n),
    })
    const run = subscription.run({ until: 'caught up' })
    await events.next('paused')
    expect(events.types()).toEqual(['started', 'paused'])
    expect(await pauseSubscription(db, delays)).toMatchObject([{ state: 'paused' }])
    expect(numbers).toEqual([])
    await resumeSubscription(db, delays)
    expect(await run).toEqual({ reason: 'caught up', position: 3n })
    expect(numbers).toEqual([1, 2, 3])
  })

  embedded("and a process's own pause compose: neither ends the other", async ({ db, store }) => {
    await installCheckpoints(db)
    const events = recordEvents()
    const subscription = subscribe(store, {
      ...base,
      checkpoints: tableCheckpoints(db),
      ...events,
      handler: () => {},
    })
    const run = subscription.run()
    await events.next('live')
    await subscription.pause()
    // one that its own process holds says so too
    expect(await pauseSubscription(db, delays)).toMatchObject([{ state: 'paused' }])
    subscription.resume()
    expect(await pauseSubscription(db, delays)).toMatchObject([{ state: 'paused' }])
    expect(subscription.state).toBe('paused')
    await subscription.pause()
    await resumeSubscription(db, delays)
    // it has heard of that when it hears of the next
    const again = await pauseSubscription(db, delays)
    expect(again).toMatchObject([{ state: 'paused' }])
    await resumeSubscription(db, delays)
    expect(subscription.state).toBe('paused')
    expect(events.types().filter((type) => type === 'resumed')).toHaveLength(0)
    subscription.resume()
    await events.next('resumed')
    await subscription.stop()
    await run
    expect(events.types().filter((type) => type === 'paused')).toHaveLength(1)
  })

  embedded('outlives connections that are cut, on both sides', async ({ database, db, store }) => {
    await installCheckpoints(db)
    const named = connectTo(`${database.connectionString!}?application_name=cut`)
    const cutStore = createMessageStore(named)
    const events = recordEvents()
    const numbers: number[] = []
    const subscription = subscribe<Counted>(cutStore, {
      ...base,
      reconnect: { min: 1, max: 5 },
      checkpoints: tableCheckpoints(named),
      ...events,
      handler: ({ data }) => void numbers.push(data.n),
    })
    const cut = () =>
      sql`select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and application_name = 'cut'`.execute(db)
    const run = subscription.run()
    await events.next('live')
    for (let round = 1; round <= 5; round += 1) {
      await cut()
      const pausing = pauseSubscription(named, delays)
      await cut()
      expect(await pausing).toMatchObject([{ state: 'paused' }])
      await cut()
      await writeNumbers(store, 'airport-SEA', round, round)
      expect(await pauseSubscription(db, delays)).toMatchObject([{ state: 'paused' }])
      expect(numbers).toHaveLength(round - 1)
      await cut()
      await resumeSubscription(db, delays)
      await events.next('resumed')
      await expect.poll(() => numbers).toHaveLength(round)
    }
    await subscription.stop()
    await run
    await named.destroy()
  })

  embedded('one that died without a word is waited for, and named', async ({ db, store }) => {
    await installCheckpoints(db)
    await tableCheckpoints(db).claim(key, 'dead:1')
    const clock = manualClock()
    const waiting = pauseSubscription(db, { ...delays, clock, timeout: 10 })
    await clock.untilAsleep(2)
    clock.advance(10)
    await expect(waiting).rejects.toThrow(
      'Subscription delays does not stand still, after 10 ms: dead:1 may be at work',
    )
    const controller = new AbortController()
    const aborted = pauseSubscription(db, { ...delays, signal: controller.signal })
    controller.abort(new Error('enough'))
    await expect(aborted).rejects.toThrow('enough')
    // a run that takes it over says so for both
    const events = recordEvents()
    const subscription = subscribe(store, {
      ...base,
      checkpoints: tableCheckpoints(db),
      ...events,
      handler: () => {},
    })
    const run = subscription.run()
    expect(await pauseSubscription(db, delays)).toMatchObject([{ state: 'paused' }])
    await subscription.stop()
    await run
  })

  embedded('one that is resumed meanwhile is not waited for', async ({ db }) => {
    await installCheckpoints(db)
    await tableCheckpoints(db).claim(key, 'dead:1')
    const clock = manualClock()
    const waiting = pauseSubscription(db, { ...delays, clock })
    await clock.untilAsleep(2)
    await resumeSubscription(db, delays)
    clock.advance(50)
    await expect(waiting).rejects.toMatchObject({ code: 'NOT_PAUSED', timeout: undefined })
    await expect(waiting).rejects.toThrow('it was resumed meanwhile')
  })

  embedded('a run that another one has followed cannot answer for it', async ({ db, store }) => {
    await installCheckpoints(db)
    const checkpoints = tableCheckpoints(db)
    const stale = await checkpoints.claim(key, 'stale')
    await checkpoints.claim(key, 'current')
    await expect(checkpoints.control?.acknowledge(key, stale, 1n)).rejects.toMatchObject({
      code: 'FENCED',
    })
    await checkpoints.control?.release(key, stale)
    expect(await pauseSubscription(db, { ...delays, wait: false })).toMatchObject([
      { state: 'running', owner: 'current' },
    ])
    // also while it stands
    await resumeSubscription(db, delays)
    const events = recordEvents()
    const subscription = subscribe(store, { ...base, checkpoints, ...events, handler: () => {} })
    const failed = subscription.run().catch((error: unknown) => error)
    await events.next('live')
    await pauseSubscription(db, delays)
    await checkpoints.claim(key, 'another')
    await resumeSubscription(db, delays)
    await pauseSubscription(db, { ...delays, wait: false })
    expect(await failed).toMatchObject({ code: 'FENCED' })
  })

  embedded('a group is paused as a whole, others are not', async ({ db, store }) => {
    await installCheckpoints(db)
    const checkpoints = tableCheckpoints(db)
    const start = (id: string, member?: number): [Subscription, Promise<unknown>] => {
      const consumerGroup = member === undefined ? undefined : { member, size: 2 }
      const source = { category: 'airport', consumerGroup }
      const options = { ...base, id, source, checkpoints, handler: () => {} }
      const subscription = subscribe(store, options)
      return [subscription, subscription.run()]
    }
    const [first, second, other] = [start('delays', 0), start('delays', 1), start('other')]
    await expect
      .poll(() => [first, second, other].map(([{ state }]) => state))
      .toEqual(['live', 'live', 'live'])
    const source = { category: 'airport', consumerGroup: { size: 2 } }
    expect(await pauseSubscription(db, { id: 'delays', source })).toMatchObject([
      { consumerGroup: { member: 0, size: 2 }, state: 'paused' },
      { consumerGroup: { member: 1, size: 2 }, state: 'paused' },
    ])
    expect([first, second, other].map(([{ state }]) => state)).toEqual(['paused', 'paused', 'live'])
    for (const [subscription, run] of [first, second, other]) {
      await subscription.stop()
      await run
    }
  })

  embedded('refuses what it cannot do, before anything is asked', async ({ db }) => {
    await installCheckpoints(db)
    const refused = (options: object): Promise<unknown> =>
      pauseSubscription(db, { ...delays, ...options })
    await expect(refused({ id: '' })).rejects.toThrow(InvalidOptionError)
    await expect(refused({ timeout: 0 })).rejects.toMatchObject({ option: 'timeout' })
    await expect(refused({ interval: Infinity })).rejects.toMatchObject({ option: 'interval' })
    const consumerGroup = { member: 0, size: 2 }
    await expect(refused({ source: { category: 'airport', consumerGroup } })).rejects.toMatchObject(
      { option: 'source.consumerGroup.member' },
    )
    const within = db.transaction().execute((trx) => pauseSubscription(trx, delays))
    await expect(within).rejects.toMatchObject({ option: 'db' })
    const { rows } = await sql`select from mdb.subscription_control`.execute(db)
    expect(rows).toEqual([])
    expect(() => subscribe({} as never, { ...base, controlInterval: 0, handler() {} })).toThrow(
      InvalidOptionError,
    )
  })

  embedded('says what to do when the tables are older', async ({ db, store }) => {
    await installCheckpoints(db)
    await sql`drop table mdb.subscription_control`.execute(db)
    const missing = { code: 'CHECKPOINTS_NOT_INSTALLED', table: 'mdb.subscription_control' }
    await expect(pauseSubscription(db, delays)).rejects.toMatchObject(missing)
    await expect(resumeSubscription(db, delays)).rejects.toMatchObject(missing)
    const options = { ...base, checkpoints: tableCheckpoints(db), handler: () => {} }
    await expect(subscribe(store, options).run()).rejects.toMatchObject(missing)
    expect(await installCheckpoints(db)).toEqual({ installed: true })
    expect(await pauseSubscription(db, delays)).toMatchObject([{ state: 'not running' }])
  })

  embedded('a run that cannot note its end says so, and ends well', async ({ db, store }) => {
    await installCheckpoints(db)
    const events = recordEvents()
    const options = { ...base, checkpoints: tableCheckpoints(db), handler: () => {}, ...events }
    const subscription = subscribe(store, options)
    const run = subscription.run()
    await events.next('live')
    await subscription.pause()
    await sql`alter table mdb.checkpoint rename to gone`.execute(db)
    await subscription.stop()
    expect(await run).toMatchObject({ reason: 'stopped' })
    expect(await events.next('release failed')).toMatchObject({
      error: { code: 'CHECKPOINTS_NOT_INSTALLED' },
    })
  })
})

describe('what it costs', () => {
  embedded('a hundred idle subscriptions look with one statement', async ({ database, db }) => {
    await installCheckpoints(db)
    async function looks(count: number): Promise<number> {
      let sent = 0
      const pool = new pg.Pool({ connectionString: database.connectionString!, max: 4 })
      const worker = new Kysely<MessageStoreDatabase>({
        dialect: new PostgresDialect({ pool }),
        log: ({ query }) => void (query.sql.includes('subscription_control') && (sent += 1)),
      })
      const clock = manualClock()
      const subscriber = createSubscriber(createMessageStore(worker), {
        checkpoints: tableCheckpoints(worker),
        polling: constantPolling({ interval: 60_000 }),
        clock,
      })
      const subscriptions = Array.from({ length: count }, (_, index) =>
        subscriber.subscribe({ ...delays, id: `idle-${index}`, handler: () => {} }),
      )
      const runs = subscriptions.map((each) => each.run())
      await clock.untilAsleep(count)
      const before = sent
      for (let second = 0; second < 5; second += 1) {
        clock.advance(1_000)
        await clock.untilAsleep(count)
      }
      const looked = sent - before
      await Promise.all(subscriptions.map((each) => each.stop()))
      await Promise.all(runs)
      await worker.destroy()
      return looked
    }
    expect([await looks(1), await looks(100)]).toEqual([5, 5])
  })

  embedded(
    'a subscription that reads page after page looks once an interval',
    async ({ database, db, store }) => {
      await installCheckpoints(db)
      await writeNumbers(store, 'airport-SEA', 1, 20)
      let sent = 0
      const pool = new pg.Pool({ connectionString: database.connectionString!, max: 2 })
      const worker = new Kysely<MessageStoreDatabase>({
        dialect: new PostgresDialect({ pool }),
        log: ({ query }) => void (query.sql.includes('subscription_control') && (sent += 1)),
      })
      const clock = manualClock()
      const subscription = subscribe<Counted>(createMessageStore(worker), {
        ...delays,
        batchSize: 1,
        checkpoints: tableCheckpoints(worker),
        clock,
        handler({ data }) {
          if (data.n % 10 === 0) clock.advance(1_000)
        },
      })
      await subscription.run({ until: 'caught up' })
      expect(sent).toBe(3)
      await worker.destroy()
    },
  )
})
