import { createMessageStore } from '@mdb/core'
import {
  FencedError,
  HandlerError,
  memoryCheckpoints,
  streamCheckpoints,
  subscribe,
  tableCheckpoints,
  type TransactionalOptions,
  type TransactionContext,
} from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql, type Transaction } from 'kysely'
import { describe, expect } from 'vitest'
import {
  connectTo,
  type EffectDatabase,
  effects,
  effectsBy,
  installEffects,
  untilSomebodyWaits,
  upTo,
} from './support/effects.ts'
import { codedError } from './support/errors.ts'
import { recordEvents } from './support/events.ts'
import { lossyProxy } from './support/lossy-proxy.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

const embedded = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const pglite = messageStoreTest<EffectDatabase>({ backend: 'pglite' })
const key = { subscriptionId: 'delays', source: 'airport' }
const base = { id: 'delays', source: { category: 'airport' } } as const
const reconnect = { min: 1, max: 5 }

type Trx = Transaction<EffectDatabase>
const effect = async (trx: Trx, n: number, by = 'one'): Promise<void> => {
  await trx.insertInto('effect').values({ n, by }).execute()
}

for (const [backend, test] of [
  ['embedded', embedded],
  ['pglite', pglite],
] as const) {
  for (const transactional of ['message', 'page'] as const) {
    describe(`a transaction per ${transactional}, on ${backend}`, () => {
      test('what is written and the checkpoint commit together', async ({ db, store }) => {
        await installEffects(db)
        await writeNumbers(store, 'airport-SEA', 1, 25)
        const checkpoints = tableCheckpoints(db)
        const events = recordEvents()
        const subscription = subscribe(store, {
          ...base,
          ...events,
          transactional,
          checkpoints,
          batchSize: 10,
          async handler(message: Counted, context) {
            await effect(context.trx, message.data.n)
            await context.store.writeMessage('audit-1', { type: 'Seen', data: message.data })
          },
        })
        const run = subscription.run()
        await events.next('live')
        await subscription.stop()
        expect(await run).toEqual({ reason: 'stopped', position: 25n })
        expect(await effects(db)).toEqual(upTo(25))
        expect(await store.streamVersion('audit-1')).toBe(24n)
        expect(await checkpoints.load(key)).toBe(25n)
        const saves = events.all.filter(({ type }) => type === 'checkpointed')
        expect(saves).toHaveLength(transactional === 'page' ? 3 : 25)
      })

      test('what a failed handler wrote is gone, and the checkpoint is before it', async ({
        db,
        store,
      }) => {
        await installEffects(db)
        await writeNumbers(store, 'airport-SEA', 1, 9)
        const checkpoints = tableCheckpoints(db)
        const events = recordEvents()
        const boom = new Error('boom')
        const options: TransactionalOptions<Counted, EffectDatabase> = {
          ...base,
          ...events,
          transactional,
          checkpoints,
          async handler({ data }, context) {
            await effect(context.trx, data.n)
            await context.store.writeMessage('audit-1', { type: 'Seen', data })
            if (data.n === 6) throw boom
          },
        }
        const failure: unknown = await subscribe(store, options)
          .run()
          .catch((error: unknown) => error)
        expect(failure).toBeInstanceOf(HandlerError)
        expect(failure).toMatchObject({
          cause: boom,
          position: 5n,
          failedMessage: { globalPosition: 6n },
        })
        expect(await effects(db)).toEqual(upTo(5))
        expect(await store.streamVersion('audit-1')).toBe(4n)
        expect(await checkpoints.load(key)).toBe(5n)
        expect(events.types().includes('page failed')).toBe(transactional === 'page')

        const again = recordEvents()
        const second = subscribe(store, {
          ...options,
          ...again,
          handler: ({ data }: Counted, { trx }: TransactionContext<EffectDatabase>) =>
            effect(trx, data.n),
        })
        const run = second.run()
        await again.next('live')
        await second.stop()
        await run
        expect(await effects(db)).toEqual(upTo(9))
      })

      test('a statement that failed and was caught is a failure of its message', async ({
        db,
        store,
      }) => {
        await installEffects(db)
        await writeNumbers(store, 'airport-SEA', 1, 6)
        const subscription = subscribe(store, {
          ...base,
          transactional,
          checkpoints: tableCheckpoints(db),
          async handler({ data }: Counted, { trx }) {
            await effect(trx, data.n)
            if (data.n === 4) await sql`select 1 / 0`.execute(trx).catch(() => undefined)
          },
        })
        await expect(subscription.run()).rejects.toMatchObject({
          code: 'HANDLER_FAILED',
          failedMessage: { globalPosition: 4n },
        })
        expect(await effects(db)).toEqual(upTo(3))
      })

      test('a commit that the server refuses is a failure of its message', async ({
        db,
        store,
      }) => {
        await installEffects(db)
        await sql`
          alter table effect add constraint once unique (n) deferrable initially deferred
        `.execute(db)
        await writeNumbers(store, 'airport-SEA', 1, 6)
        const subscription = subscribe(store, {
          ...base,
          transactional,
          checkpoints: tableCheckpoints(db),
          handler: ({ data }: Counted, { trx }) => effect(trx, data.n === 4 ? 1 : data.n),
        })
        await expect(subscription.run()).rejects.toMatchObject({
          code: 'HANDLER_FAILED',
          failedMessage: { globalPosition: 4n },
          cause: { code: '23505' },
        })
        expect(await effects(db)).toEqual(upTo(3))
      })

      test('a stop commits what is done, and leaves the rest for the next run', async ({
        db,
        store,
      }) => {
        await installEffects(db)
        await writeNumbers(store, 'airport-SEA', 1, 9)
        const checkpoints = tableCheckpoints(db)
        const first = subscribe(store, {
          ...base,
          transactional,
          checkpoints,
          async handler({ data }: Counted, { trx }) {
            await effect(trx, data.n)
            if (data.n === 4) void first.stop()
          },
        })
        expect(await first.run()).toEqual({ reason: 'stopped', position: 4n })
        expect(await effects(db)).toEqual(upTo(4))
        expect(await checkpoints.load(key)).toBe(4n)

        const second = subscribe(store, {
          ...base,
          transactional,
          checkpoints,
          async handler({ data }: Counted, { trx, signal }) {
            await effect(trx, data.n)
            if (data.n !== 7) return
            void second.stop()
            signal.throwIfAborted()
          },
        })
        const end = await second.run()
        // One that gives up takes its transaction with it: of a page, all of it.
        const kept = transactional === 'page' ? 4 : 6
        expect(end).toEqual({ reason: 'stopped', position: BigInt(kept) })
        expect(await effects(db)).toEqual(upTo(kept))
        expect(await checkpoints.load(key)).toBe(BigInt(kept))
      })
    })
  }
}

for (const transactional of ['message', 'page'] as const) {
  describe(`trouble in a transaction per ${transactional}`, () => {
    const test = embedded

    test('a commit whose answer is lost is not done twice', async ({ database, db, store }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 12)
      await using proxy = await lossyProxy(database.connectionString!)
      const own = createMessageStore(connectTo(proxy.connectionString))
      const events = recordEvents()
      const lost: Array<Promise<void>> = []
      const subscription = subscribe(own, {
        ...base,
        ...events,
        transactional,
        reconnect,
        batchSize: 4,
        checkpoints: tableCheckpoints(own.db),
        async handler({ data }: Counted, { trx }) {
          await effect(trx, data.n)
          if (data.n === 2 || data.n === 12) lost.push(proxy.loseNextCommit())
        },
      })
      const run = subscription.run()
      await events.next('live')
      await subscription.stop()
      await run
      await Promise.all(lost)
      expect(lost).toHaveLength(2)
      expect(await effects(db)).toEqual(upTo(12))
      expect(events.types().filter((type) => type === 'reconnecting')).toHaveLength(2)
      await own.db.destroy()
    })

    test('a connection that is cut in the middle is begun again, and says so', async ({
      database,
      db,
      store,
    }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 8)
      const own = createMessageStore(connectTo(database.connectionString!))
      const events = recordEvents()
      let cuts = 0
      const subscription = subscribe(own, {
        ...base,
        ...events,
        transactional,
        reconnect,
        checkpoints: tableCheckpoints(own.db),
        async handler({ data }: Counted, { trx }) {
          await effect(trx, data.n)
          if (data.n !== 5 || cuts === 3) return
          cuts += 1
          const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(trx)
          await sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(db)
          await effect(trx, data.n)
        },
      })
      const run = subscription.run()
      await events.next('live')
      await subscription.stop()
      await run
      expect(await effects(db)).toEqual(upTo(8))
      const retries = events.all.filter(({ type }) => type === 'reconnecting')
      expect(retries).toMatchObject([
        { operation: 'handle', attempt: 1 },
        { operation: 'handle', attempt: 2 },
        { operation: 'handle', attempt: 3 },
      ])
      await own.db.destroy()
    })

    test('a serialization failure is begun again, at the isolation level asked for', async ({
      db,
      store,
    }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 4)
      await effect(db as Trx, 0, 'shared')
      const events = recordEvents()
      const levels = new Set<string>()
      let disturbed = false
      const subscription = subscribe(store, {
        ...base,
        ...events,
        transactional,
        reconnect,
        isolationLevel: 'repeatable read',
        checkpoints: tableCheckpoints(db),
        async handler({ data }: Counted, { trx }) {
          const { rows } = await sql<{ level: string }>`
            select current_setting('transaction_isolation') as level
          `.execute(trx)
          levels.add(rows[0]!.level)
          await effect(trx, data.n)
          const shared = (kysely: Trx) =>
            kysely
              .updateTable('effect')
              .set({ n: sql`n + 1` })
              .where('by', '=', 'shared')
              .execute()
          if (data.n === 1 && !disturbed) {
            disturbed = true
            await shared(db as Trx)
          }
          await shared(trx)
        },
      })
      const run = subscription.run()
      await events.next('live')
      await subscription.stop()
      await run
      expect(levels).toEqual(new Set(['repeatable read']))
      expect(await effectsBy(db, 'one')).toEqual(upTo(4))
      expect(await effectsBy(db, 'shared')).toEqual([5])
      expect(events.all.find(({ type }) => type === 'reconnecting')).toMatchObject({
        operation: 'handle',
        error: { code: '40001' },
      })
    })

    test("another system's connection is the handler's own trouble", async ({ db, store }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 4)
      const refused = codedError('ECONNREFUSED')
      const subscription = subscribe(store, {
        ...base,
        transactional,
        checkpoints: tableCheckpoints(db),
        handler: ({ data }: Counted) => (data.n === 2 ? Promise.reject(refused) : undefined),
      })
      await expect(subscription.run()).rejects.toMatchObject({
        code: 'HANDLER_FAILED',
        cause: refused,
        position: 1n,
      })
    })

    test('a takeover waits for what is in flight, and hands over exactly', async ({
      database,
      db,
      store,
    }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 60)
      const [inFlight, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const consumer = (by: string) => {
        const own = createMessageStore(database.connect())
        const events = recordEvents()
        const subscription = subscribe(own, {
          ...base,
          ...events,
          transactional,
          batchSize: 4,
          checkpoints: tableCheckpoints(own.db),
          async handler({ data }: Counted, { trx }) {
            await effect(trx, data.n, by)
            if (by === 'old' && data.n === 3) {
              inFlight.resolve()
              await release.promise
            }
          },
        })
        return { subscription, events, run: subscription.run() }
      }
      const old = consumer('old')
      const fenced = old.run.catch((error: unknown) => error)
      await inFlight.promise
      const young = consumer('young')
      await untilSomebodyWaits(db)
      expect(young.events.types()).toEqual([])
      release.resolve()

      expect(await fenced).toBeInstanceOf(FencedError)
      expect(old.events.all.at(-1)).toMatchObject({ type: 'ended', reason: 'fenced' })
      expect(old.subscription.state).toBe('failed')
      await young.events.next('live')
      await young.subscription.stop()
      expect(await young.run).toEqual({ reason: 'stopped', position: 60n })
      // Between two transactions the claim comes in: as a rule between these and the next.
      const handedOver = (await effectsBy(db, 'old')).length
      expect(handedOver).toBeGreaterThanOrEqual(transactional === 'page' ? 4 : 3)
      expect(await effectsBy(db, 'old')).toEqual(upTo(handedOver))
      expect(await effectsBy(db, 'young')).toEqual(upTo(60, handedOver + 1))
      expect(young.events.all[0]).toMatchObject({
        type: 'started',
        checkpoint: BigInt(handedOver),
        epoch: 2n,
      })
    })

    test('a transaction that idles too long is ended, and the takeover goes on', async ({
      database,
      db,
      store,
    }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 3)
      const [inFlight, release] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const own = createMessageStore(connectTo(database.connectionString!))
      const old = subscribe(own, {
        ...base,
        transactional,
        reconnect,
        checkpoints: tableCheckpoints(own.db, { idleTimeout: 50 }),
        async handler({ data }: Counted, { trx }) {
          await effect(trx, data.n, 'old')
          inFlight.resolve()
          await release.promise
        },
      })
      const fenced = old.run().catch((error: unknown) => error)
      await inFlight.promise
      const events = recordEvents()
      const young = subscribe(store, {
        ...base,
        ...events,
        transactional,
        checkpoints: tableCheckpoints(db),
        handler: ({ data }: Counted, { trx }) => effect(trx, data.n, 'young'),
      })
      const run = young.run()
      await events.next('live')
      release.resolve()
      expect(await fenced).toMatchObject({ code: 'FENCED', epoch: 1n, current: { epoch: 2n } })
      await young.stop()
      await run
      expect(await effectsBy(db, 'old')).toEqual([])
      expect(await effectsBy(db, 'young')).toEqual(upTo(3))
      await own.db.destroy()
    })
  })
}

embedded('at least once: a run that another one followed cannot save', async ({ db, store }) => {
  await installEffects(db)
  await writeNumbers(store, 'airport-SEA', 1, 6)
  const checkpoints = tableCheckpoints(db)
  const events = recordEvents()
  const old = subscribe(store, {
    ...base,
    ...events,
    checkpoints,
    checkpointInterval: { messages: 2 },
    async handler({ data }: Counted) {
      if (data.n === 3) await checkpoints.claim(key, 'the new one')
    },
  })
  await expect(old.run()).rejects.toMatchObject({
    code: 'FENCED',
    current: { owner: 'the new one' },
  })
  expect(events.all.at(-1)).toMatchObject({ type: 'ended', reason: 'fenced' })
  expect(await checkpoints.load(key)).toBe(2n)
})

describe('refused before anything is sent', () => {
  const refused = (options: unknown, store: unknown): unknown => {
    try {
      return subscribe(store as never, options as never)
    } catch (error) {
      return error
    }
  }
  const handler = (): void => {}

  pglite('checkpoints that cannot move in a transaction', ({ store }) => {
    for (const checkpoints of [memoryCheckpoints(), streamCheckpoints(store), undefined]) {
      expect(
        refused({ ...base, handler, transactional: 'message', checkpoints }, store),
      ).toMatchObject({
        code: 'INVALID_OPTION',
        option: 'checkpoints',
        message: expect.stringContaining('tableCheckpoints(store.db)'),
      })
    }
  })

  pglite('checkpoints on another Kysely than the store', ({ db, store }) => {
    const checkpoints = tableCheckpoints(db.withSchema('public'))
    expect(refused({ ...base, handler, transactional: 'page', checkpoints }, store)).toMatchObject({
      code: 'INVALID_OPTION',
      option: 'checkpoints',
    })
  })

  pglite('a mode, a level, a store, a timeout that there is not', ({ db, store }) => {
    const good = { ...base, handler, transactional: 'page', checkpoints: tableCheckpoints(db) }
    expect(refused({ ...good, transactional: 'both' }, store)).toMatchObject({
      option: 'transactional',
    })
    expect(refused({ ...good, isolationLevel: 'chaos' }, store)).toMatchObject({
      option: 'isolationLevel',
    })
    const readable = {
      getStreamMessages: store.getStreamMessages,
      getCategoryMessages: store.getCategoryMessages,
    }
    expect(refused(good, readable)).toMatchObject({ option: 'transactional' })
    expect(() => tableCheckpoints(db, { idleTimeout: 0 })).toThrow(/idleTimeout/)
  })
})
