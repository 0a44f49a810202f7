import { createMessageStore, type MessageStore } from '@mdb/core'
import {
  parkedMessages,
  retryThenPark,
  retryThenSkip,
  subscribe,
  tableCheckpoints,
  type AtLeastOnceOptions,
  type AtLeastOncePageOptions,
  type SubscriptionEvent,
  type SubscriptionOptions,
  type TransactionalOptions,
  type TransactionalPageOptions,
} from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import { connectTo, type EffectDatabase, effects, installEffects, upTo } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { jumpingClock } from './support/manual-clock.ts'
import { lossyProxy } from './support/lossy-proxy.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const key = { subscriptionId: 'delays', source: 'airport' }

type Store = MessageStore<EffectDatabase>
type Options = SubscriptionOptions<Counted, EffectDatabase>

/** Which numbers the handler refuses, for as long as they are in here. */
type Poison = Set<number>

const modes = {
  'at least once': (store, poison) =>
    ({
      handler: async ({ data }: Counted) => apply(store.db, poison, [data.n]),
    }) satisfies Partial<AtLeastOnceOptions<Counted>>,
  'at least once, four at once': (store, poison) =>
    ({
      concurrency: 4,
      handler: async ({ data }: Counted) => apply(store.db, poison, [data.n]),
    }) satisfies Partial<AtLeastOnceOptions<Counted>>,
  'at least once, pages': (store, poison) =>
    ({
      eachPage: async (page: readonly Counted[]) =>
        // all or nothing, as a handler of pages had better be
        store.db.transaction().execute(async (trx) => apply(trx, poison, page.map(numberOf))),
    }) satisfies Partial<AtLeastOncePageOptions<Counted>>,
  'a transaction per message': (_store, poison) =>
    ({
      transactional: 'message',
      handler: async ({ data }, { trx }) => apply(trx, poison, [data.n]),
    }) satisfies Partial<TransactionalOptions<Counted, EffectDatabase>>,
  'a transaction per page': (_store, poison) =>
    ({
      transactional: 'page',
      handler: async ({ data }, { trx }) => apply(trx, poison, [data.n]),
    }) satisfies Partial<TransactionalOptions<Counted, EffectDatabase>>,
  'a transaction per page, pages': (_store, poison) =>
    ({
      transactional: 'page',
      eachPage: async (page, { trx }) => apply(trx, poison, page.map(numberOf)),
    }) satisfies Partial<TransactionalPageOptions<Counted, EffectDatabase>>,
} satisfies Record<string, (store: Store, poison: Poison) => object>

const numberOf = ({ data }: Counted): number => data.n

async function apply(
  db: Kysely<EffectDatabase>,
  poison: Poison,
  numbers: readonly number[],
): Promise<void> {
  for (const n of numbers) {
    // Written before it fails: in a transaction it must be gone.
    if (db.isTransaction) await db.insertInto('effect').values({ n, by: 'it' }).execute()
    if (poison.has(n)) throw new Error(`poison ${n}`)
    if (!db.isTransaction) await db.insertInto('effect').values({ n, by: 'it' }).execute()
  }
}

/** Runs until live, and tells what happened. */
async function untilLive(store: Store, options: Options): Promise<readonly SubscriptionEvent[]> {
  const events = recordEvents()
  const subscription = subscribe(store, { ...options, ...events })
  const run = subscription.run()
  // a failure before it is live is the test's
  await Promise.race([events.next('live'), run])
  await subscription.stop()
  await run
  return events.all
}

const parkedRows = async (db: Kysely<EffectDatabase>): Promise<unknown[]> => {
  const rows = await db
    .selectFrom('mdb.parked_message')
    .select(['stream_name', 'attempts', 'error', sql<number>`position::int`.as('position')])
    .orderBy('global_position')
    .execute()
  return rows.map((row) => [row.stream_name, row.position, row.attempts, row.error])
}

for (const [mode, make] of Object.entries(modes)) {
  describe(`${mode}:`, () => {
    const setUp = async (
      store: Store,
      poison: Poison,
    ): Promise<{
      readonly options: Options
      readonly checkpoints: ReturnType<typeof tableCheckpoints>
    }> => {
      await installEffects(store.db)
      const checkpoints = tableCheckpoints(store.db)
      const options = {
        id: 'delays',
        source: { category: 'airport' },
        checkpoints,
        clock: jumpingClock(),
        failure: retryThenPark({ attempts: 3, min: 1, max: 5 }),
        ...make(store, poison),
      } as Options
      return { options, checkpoints }
    }
    const sorted = async (db: Kysely<EffectDatabase>): Promise<number[]> =>
      (await effects(db)).toSorted((a, b) => a - b)

    test('a poisoned stream queues, the others go on, and a replay in order releases it', async ({
      db,
      store,
    }) => {
      const poison = new Set([2])
      const { options, checkpoints } = await setUp(store, poison)
      await writeNumbers(store, 'airport-SEA', 1, 3)
      await writeNumbers(store, 'airport-JFK', 11, 13)
      await writeNumbers(store, 'airport-SEA', 4, 4)

      const first = await untilLive(store, options)
      expect(await sorted(db)).toEqual([1, 11, 12, 13])
      expect(await parkedRows(db)).toEqual([
        ['airport-SEA', 1, 3, 'Error: poison 2'],
        ['airport-SEA', 2, 0, null],
        ['airport-SEA', 3, 0, null],
      ])
      expect(await checkpoints.load(key)).toBe(7n)
      expect(first.filter(({ type }) => type === 'retrying')).toHaveLength(2)
      expect(first.filter(({ type }) => type.startsWith('parked'))).toMatchObject([
        { type: 'parked', attempts: 3, message: { position: 1n }, error: { message: 'poison 2' } },
        { type: 'parked behind', message: { position: 2n } },
        { type: 'parked behind', message: { position: 3n } },
      ])

      // another run knows the quarantine
      await writeNumbers(store, 'airport-SEA', 5, 5)
      await writeNumbers(store, 'airport-JFK', 14, 14)
      await untilLive(store, options)
      expect(await sorted(db)).toEqual([1, 11, 12, 13, 14])
      const parked = parkedMessages(store, options)
      expect(await parked.streams()).toEqual(['airport-SEA'])

      // the cause is not gone yet
      expect(await parked.replay()).toMatchObject({
        replayed: 0,
        released: [],
        failed: [{ streamName: 'airport-SEA', globalPosition: 2n, error: { message: 'poison 2' } }],
      })
      expect((await parkedRows(db))[0]).toEqual(['airport-SEA', 1, 4, 'Error: poison 2'])
      expect(await sorted(db)).toEqual([1, 11, 12, 13, 14])

      poison.clear()
      expect(await parked.replay({ stream: 'airport-SEA' })).toEqual({
        replayed: 4,
        released: ['airport-SEA'],
        failed: [],
      })
      const ofSeattle = (await effects(db)).filter((n) => n < 10)
      expect(ofSeattle).toEqual([1, 2, 3, 4, 5])
      expect(await parkedRows(db)).toEqual([])

      await writeNumbers(store, 'airport-SEA', 6, 7)
      await untilLive(store, options)
      expect((await effects(db)).filter((n) => n < 10)).toEqual(upTo(7))
      expect((await effects(db)).filter((n) => n > 10)).toEqual([11, 12, 13, 14])
    })

    test('a run that parked learns of the release by itself', async ({ db, store }) => {
      const poison = new Set([2])
      const { options } = await setUp(store, poison)
      await writeNumbers(store, 'airport-SEA', 1, 3)
      const events = recordEvents()
      const { clock: _, ...timed } = options
      const subscription = subscribe(store, {
        ...timed,
        ...events,
        polling: { initial: 0, next: () => ({ delay: 1, state: 0 }) },
      })
      const run = subscription.run()
      await events.next('live')
      poison.clear()
      await parkedMessages(store, options).replay()
      await writeNumbers(store, 'airport-SEA', 4, 4)
      expect(await events.next('released')).toMatchObject({ streamName: 'airport-SEA' })
      await subscription.stop()
      await run
      expect(await effects(db)).toEqual(upTo(4))
    })

    test('what is discarded is gone, one message or a stream', async ({ db, store }) => {
      const poison = new Set([1, 11])
      const { options } = await setUp(store, poison)
      await writeNumbers(store, 'airport-SEA', 1, 3)
      await writeNumbers(store, 'airport-JFK', 11, 13)
      await untilLive(store, options)
      const parked = parkedMessages(store, options)
      expect(await parked.streams()).toEqual(['airport-JFK', 'airport-SEA'])
      expect(await parked.discard({ stream: 'airport-SEA', globalPosition: 1n })).toBe(1)
      expect(await parked.discard({ stream: 'airport-SEA', globalPosition: 1n })).toBe(0)
      expect(await parked.discard({ stream: 'airport-JFK' })).toBe(3)
      expect(await parked.replay()).toEqual({ replayed: 2, released: ['airport-SEA'], failed: [] })
      expect(await effects(db)).toEqual([2, 3])
      await writeNumbers(store, 'airport-JFK', 14, 14)
      await untilLive(store, options)
      expect(await effects(db)).toEqual([2, 3, 14])
    })

    test('what is parked is listed, and what was seen first is discarded if it still is', async ({
      db,
      store,
    }) => {
      const poison = new Set([2, 11])
      const { options } = await setUp(store, poison)
      await writeNumbers(store, 'airport-SEA', 1, 3)
      await writeNumbers(store, 'airport-JFK', 11, 14)
      await untilLive(store, options)
      const parked = parkedMessages(store, options)
      const listed = await parked.list()
      expect(listed.map(({ streamName }) => streamName).toSorted()).toEqual([
        'airport-JFK',
        'airport-SEA',
      ])
      const seattle = listed.find(({ streamName }) => streamName === 'airport-SEA')!
      const message = await store.getStreamMessages('airport-SEA', { position: 1n, batchSize: 1 })
      expect(seattle).toEqual({
        id: message[0]!.id,
        streamName: 'airport-SEA',
        type: 'Counted',
        position: 1n,
        globalPosition: 2n,
        attempts: 3,
        error: 'Error: poison 2',
        parkedAt: expect.any(Date),
        triedAt: undefined,
        behind: 1,
      })
      expect(Math.abs(seattle.parkedAt.getTime() - Date.now())).toBeLessThan(600_000)
      expect(await parked.list({ order: 'newest first' })).toEqual(listed.toReversed())
      expect(await parked.list({ limit: 1 })).toEqual([listed[0]])
      await expect(parked.list({ limit: 0 })).rejects.toMatchObject({ option: 'limit' })
      await expect(parked.discard({ stream: 'airport-SEA', ifFirst: true })).rejects.toMatchObject({
        option: 'ifFirst',
      })

      await parked.replay({ stream: 'airport-SEA' })
      const again = await parked.list()
      expect(again.find(({ streamName }) => streamName === 'airport-SEA')).toMatchObject({
        attempts: 4,
        triedAt: expect.any(Date),
      })
      const first = { stream: 'airport-SEA', ifFirst: true }
      expect(await parked.discard({ ...first, globalPosition: 3n })).toBe(0)
      expect(await parked.discard({ ...first, globalPosition: 2n })).toBe(1)
      expect(await parked.discard({ ...first, globalPosition: 2n })).toBe(0)
      const after = await parked.list()
      expect(after.find(({ streamName }) => streamName === 'airport-SEA')).toMatchObject({
        globalPosition: 3n,
        attempts: 0,
        error: undefined,
        behind: 0,
      })
      expect(await parkedRows(db)).toHaveLength(5)
    })

    test('what is skipped is given up, and the next of its stream is handled', async ({
      db,
      store,
    }) => {
      const { options, checkpoints } = await setUp(store, new Set([2]))
      await writeNumbers(store, 'airport-SEA', 1, 3)
      const skipping = { ...options, failure: retryThenSkip({ attempts: 2 }) } as Options
      const events = await untilLive(store, skipping)
      expect(await effects(db)).toEqual([1, 3])
      expect(await parkedRows(db)).toEqual([])
      expect(await checkpoints.load(key)).toBe(3n)
      expect(events.find(({ type }) => type === 'skipped')).toMatchObject({
        attempts: 2,
        message: { position: 1n },
      })
    })

    test('a run that another one followed parks nothing', async ({ db, store }) => {
      const poison = new Set([2, 12])
      const { options, checkpoints } = await setUp(store, poison)
      await writeNumbers(store, 'airport-SEA', 1, 3)
      await writeNumbers(store, 'airport-JFK', 11, 13)
      let claimed: Promise<unknown> | undefined
      const subscription = subscribe(store, {
        ...options,
        // between the handler's failure and the parking
        observer: ({ type }) => {
          if (type === 'retrying') claimed ??= checkpoints.claim(key, 'the new one')
        },
        clock: { ...jumpingClock(), sleep: async () => void (await claimed) },
      })
      await expect(subscription.run()).rejects.toMatchObject({
        code: 'FENCED',
        current: { owner: 'the new one' },
      })
      expect(await parkedRows(db)).toEqual([])
    })

    test('a replay beside the running subscription: nothing overtakes, nothing is lost', async ({
      database,
      db,
      store,
    }) => {
      const poison = new Set([1, 101])
      const { options } = await setUp(store, poison)
      const last = 40
      await writeNumbers(store, 'airport-SEA', 1, 3)
      await writeNumbers(store, 'airport-JFK', 101, 103)
      const { clock: _, ...timed } = options
      const own = createMessageStore(database.connect())
      const events = recordEvents()
      const subscription = subscribe(own, {
        ...timed,
        ...make(own, poison),
        ...events,
        checkpoints: tableCheckpoints(own.db),
        batchSize: 4,
        reconnect: { min: 1, max: 5 },
        polling: { initial: 0, next: () => ({ delay: 1, state: 0 }) },
      } as Options)
      const run = subscription.run()
      await events.next('parked')
      await events.next('parked')
      poison.clear()

      const writing = Promise.all([
        writeNumbers(store, 'airport-SEA', 4, last),
        writeNumbers(store, 'airport-JFK', 104, 100 + last),
      ])
      const parked = parkedMessages(store, { ...timed, reconnect: { min: 1, max: 5 } })
      await parked.replay()
      await writing
      const total = 2 * last
      while ((await effects(db)).length < total) await parked.replay()
      await subscription.stop()
      await run
      const all = await effects(db)
      expect(all.filter((n) => n < 100)).toEqual(upTo(last))
      expect(all.filter((n) => n > 100)).toEqual(upTo(100 + last, 101))
    })
  })
}

for (const transactional of ['message', 'page'] as const) {
  test(`a lost answer neither parks nor replays twice: ${transactional}`, async ({
    database,
    db,
    store,
  }) => {
    await installEffects(db)
    await writeNumbers(store, 'airport-SEA', 1, 4)
    await using proxy = await lossyProxy(database.connectionString!)
    const own = createMessageStore(connectTo(proxy.connectionString))
    const lost: Array<Promise<void>> = []
    let poisoned = true
    const options: TransactionalOptions<Counted, EffectDatabase> = {
      id: 'delays',
      source: { category: 'airport' },
      transactional,
      checkpoints: tableCheckpoints(own.db),
      reconnect: { min: 1, max: 5 },
      failure: (failure) => {
        lost.push(proxy.loseNextCommit())
        return retryThenPark({ attempts: 1 })(failure)
      },
      async handler({ data }, { trx }) {
        await trx.insertInto('effect').values({ n: data.n, by: 'it' }).execute()
        if (data.n === 2 && poisoned) throw new Error('poison')
        if (data.n === 3) lost.push(proxy.loseNextCommit())
      },
    }
    await untilLive(own, options)
    expect(await effects(db)).toEqual([1])
    expect(await parkedRows(db)).toHaveLength(3)
    poisoned = false
    expect(await parkedMessages(own, options).replay()).toEqual({
      replayed: 3,
      released: ['airport-SEA'],
      failed: [],
    })
    await Promise.all(lost)
    expect(lost).toHaveLength(2)
    expect(await effects(db)).toEqual(upTo(4))
    await own.db.destroy()
  })
}

messageStoreTest<EffectDatabase>({ backend: 'pglite' })(
  'on PGlite, with its one connection, messages are parked and replayed too',
  async ({ db, store }) => {
    await installEffects(db)
    await writeNumbers(store, 'airport-SEA', 1, 3)
    const poison = new Set([2])
    for (const transactional of [undefined, 'message', 'page'] as const) {
      const handled: number[] = []
      const options = {
        id: `delays-${transactional}`,
        source: { category: 'airport' },
        checkpoints: tableCheckpoints(db),
        failure: retryThenPark({ attempts: 1 }),
        transactional,
        handler({ data }: Counted) {
          if (poison.has(data.n)) throw new Error('poison')
          handled.push(data.n)
        },
      } as Options
      poison.add(2)
      await untilLive(store, options)
      poison.clear()
      const parked = parkedMessages(store, options)
      expect(await parked.replay()).toMatchObject({ replayed: 2, released: ['airport-SEA'] })
      // a page that was rolled back was handled up to the failure, for nothing
      expect(handled.slice(-3)).toEqual([1, 2, 3])
    }
  },
)
