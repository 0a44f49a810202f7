import { createMessageStore, type Message } from '@mdb/core'
import {
  memoryCheckpoints,
  parkedMessages,
  retryThenPark,
  subscribe,
  tableCheckpoints,
  type SubscriptionOptions,
} from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import * as fc from 'fast-check'
import { type Kysely, sql, type Transaction } from 'kysely'
import { expect } from 'vitest'
import { connectTo, type EffectDatabase, effects, installEffects } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { lossyProxy } from './support/lossy-proxy.ts'

// Random trouble against a model that could not be simpler: in the end each message of each stream
// has had its effect once, in order.

const embedded = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const pglite = messageStoreTest<EffectDatabase>({ backend: 'pglite' })

type Sent = Message<'Sent', { stream: number; n: number }>
/** What the handler does when it is called with a message: once each, and then it succeeds. */
type Fate = 'throws' | 'is cut' | 'loses the commit' | 'stops'

interface Plan {
  /** The stream of each message, in the order in which they are written. */
  readonly streams: readonly number[]
  readonly fates: ReadonlyArray<readonly Fate[]>
  readonly mode: 'message' | 'page' | 'eachPage'
  readonly batchSize: number
  readonly attempts: number
}

const fate = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Fate>('throws') },
  { weight: 1, arbitrary: fc.constantFrom<Fate>('is cut', 'loses the commit', 'stops') },
)
const plan: fc.Arbitrary<Plan> = fc.integer({ min: 1, max: 25 }).chain((length) =>
  fc.record({
    streams: fc.array(fc.integer({ min: 0, max: 3 }), { minLength: length, maxLength: length }),
    fates: fc.array(
      fc.oneof({ weight: 3, arbitrary: fc.constant([]) }, fc.array(fate, { maxLength: 4 })),
      { minLength: length, maxLength: length },
    ),
    mode: fc.constantFrom('message', 'page', 'eachPage'),
    batchSize: fc.integer({ min: 1, max: 10 }),
    attempts: fc.integer({ min: 1, max: 3 }),
  }),
)

embedded(
  'whatever fails, is parked, replayed, cut or stopped: each effect once, in order',
  { timeout: 300_000 },
  async ({ database, db, store }) => {
    await installEffects(db)
    await using proxy = await lossyProxy(database.connectionString!)
    const own = createMessageStore(connectTo(proxy.connectionString))
    const beside = createMessageStore(connectTo(proxy.connectionString))
    let run = 0

    await fc.assert(
      fc.asyncProperty(plan, async ({ streams, fates, mode, batchSize, attempts }) => {
        run += 1
        const category = `run${run}`
        await sql`truncate effect`.execute(db)
        const left = fates.map((each) => [...each])
        for (const [n, stream] of streams.entries()) {
          await store.writeMessage(`${category}-${stream}`, { type: 'Sent', data: { stream, n } })
        }

        let stop = (): void => {}
        const handle = async ({ data }: Sent, trx: Transaction<EffectDatabase>): Promise<void> => {
          await trx
            .insertInto('effect')
            .values({ n: data.n, by: `${data.stream}` })
            .execute()
          const next = left[data.n]?.shift()
          if (next === 'throws') throw new Error('as planned')
          if (next === 'stops') stop()
          if (next === 'loses the commit') void proxy.loseNextCommit()
          if (next === 'is cut') await cut(trx, db)
        }
        const optionsOn = (kysely: Kysely<EffectDatabase>) =>
          ({
            id: category,
            source: { category },
            checkpoints: tableCheckpoints(kysely),
            batchSize,
            reconnect: { min: 1, max: 3 },
            polling: { initial: 0, next: () => ({ delay: 1, state: 0 }) },
            failure: retryThenPark({ attempts, min: 1, max: 2 }),
            ...(mode === 'eachPage'
              ? {
                  transactional: 'page',
                  async eachPage(page, { trx }) {
                    for (const message of page) await handle(message, trx)
                  },
                }
              : { transactional: mode, handler: async (message, { trx }) => handle(message, trx) }),
          }) satisfies SubscriptionOptions<Sent, EffectDatabase>

        // Runs the subscription again whenever it was stopped, and replays beside it.
        const parked = parkedMessages<Sent, EffectDatabase>(beside, optionsOn(beside.db))
        while ((await effects(db)).length < streams.length) {
          const events = recordEvents()
          const subscription = subscribe<Sent, EffectDatabase>(own, {
            ...optionsOn(own.db),
            ...events,
          })
          stop = () => void subscription.stop()
          const ended = subscription.run()
          await Promise.race([events.next('live'), ended])
          await parked.replay()
          await subscription.stop()
          await ended
        }

        const rows = await db
          .selectFrom('effect')
          .selectAll()
          .orderBy(sql`ctid`)
          .execute()
        for (const stream of new Set(streams)) {
          const expected = [...streams.keys()].filter((n) => streams[n] === stream)
          const made = rows.filter(({ by }) => by === `${stream}`).map(({ n }) => n)
          expect(made).toEqual(expected)
        }
        expect(rows).toHaveLength(streams.length)
        expect(await parked.streams()).toEqual([])
      }),
      { numRuns: 40 },
    )
    await own.db.destroy()
    await beside.db.destroy()
  },
)

async function cut(trx: Transaction<EffectDatabase>, db: Kysely<EffectDatabase>): Promise<void> {
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
  await sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(db)
}

pglite(
  'several at once, stopped at any time: the place is never past what is not done',
  { timeout: 120_000 },
  async ({ store }) => {
    let run = 0
    const several = fc.record({
      streams: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 1, maxLength: 40 }),
      concurrency: fc.integer({ min: 1, max: 6 }),
      batchSize: fc.integer({ min: 1, max: 15 }),
      stops: fc.array(fc.integer({ min: 1, max: 15 }), { maxLength: 5 }),
      yields: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 40, maxLength: 40 }),
    })
    await fc.assert(
      fc.asyncProperty(several, async ({ streams, concurrency, batchSize, stops, yields }) => {
        run += 1
        const category = `run${run}`
        const positions: bigint[] = []
        for (const [n, stream] of streams.entries()) {
          const name = `${category}-${stream}`
          await store.writeMessage(name, { type: 'Sent', data: { stream, n } })
          positions.push((await store.getLastStreamMessage(name))!.globalPosition)
        }
        const inner = memoryCheckpoints()
        const done = new Set<bigint>()
        const made: number[] = []
        const inFlight = new Set<number>()
        const checkpoints = {
          load: inner.load,
          async save(...[key, position]: Parameters<typeof inner.save>) {
            const before = positions.filter((each) => each <= position)
            expect(before.filter((each) => !done.has(each))).toEqual([])
            await inner.save(key, position)
          },
        }
        const stopAfter = [...stops]
        for (let first = true; first || done.size < streams.length; first = false) {
          let left = stopAfter.shift() ?? Infinity
          const subscription = subscribe(store, {
            id: category,
            source: { category },
            concurrency,
            batchSize,
            checkpoints,
            checkpointInterval: { messages: 3 },
            async handler({ data, globalPosition }: Sent) {
              expect(inFlight.has(data.stream)).toBe(false)
              inFlight.add(data.stream)
              for (let turn = yields[data.n] ?? 0; turn > 0; turn -= 1) await Promise.resolve()
              inFlight.delete(data.stream)
              made.push(data.n)
              done.add(globalPosition)
              left -= 1
              if (left <= 0) void subscription.stop()
            },
            observer: ({ type }) => void (type === 'live' && subscription.stop()),
          })
          const end = await subscription.run()
          const saved = await inner.load({ subscriptionId: category, source: category })
          expect(saved).toBe(end.position)
        }
        for (const stream of new Set(streams)) {
          const expected = [...streams.keys()].filter((n) => streams[n] === stream)
          const own = made.filter((n) => streams[n] === stream)
          // What was done beyond the place when it stopped comes again, and only that.
          expect([...new Set(own)]).toEqual(expected)
        }
        if (concurrency === 1) expect(made).toEqual([...streams.keys()])
      }),
      { numRuns: 60 },
    )
  },
)
