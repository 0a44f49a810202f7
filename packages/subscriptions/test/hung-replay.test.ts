import { createMessageStore, type MessageStore } from '@mdb/core'
import {
  parkedMessages,
  retryThenPark,
  subscribe,
  type SubscriptionOptions,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  connectTo,
  type EffectDatabase,
  effects,
  installEffects,
  untilIdleOnesAreEnded,
} from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })

type Store = MessageStore<EffectDatabase>
type Options = SubscriptionOptions<Counted, EffectDatabase>

const modes = {
  'at least once': undefined,
  'a transaction per message': 'message',
  'a transaction per page': 'page',
}

for (const [mode, transactional] of Object.entries(modes)) {
  describe(`${mode}:`, () => {
    /** Parks the first message, unless it is told otherwise; `meanwhile` comes before the effect. */
    const optionsOf = (own: Store, meanwhile: (n: number) => unknown, parks = true): Options =>
      ({
        id: 'delays',
        source: { category: 'airport' },
        transactional,
        checkpoints: tableCheckpoints(own.db, { idleTimeout: 300 }),
        failure: retryThenPark({ attempts: 1 }),
        reconnect: { min: 1, max: 5 },
        polling: { initial: 0, next: () => ({ delay: 1, state: 0 }) },
        async handler({ data }: Counted, { trx }: { trx?: Store['db'] }) {
          if (data.n === 1 && parks) throw new Error('poison')
          await meanwhile(data.n)
          await (trx ?? own.db).insertInto('effect').values({ n: data.n, by: 'it' }).execute()
        },
      }) as unknown as Options

    const setUp = async (url: string, store: Store) => {
      await installEffects(store.db)
      await writeNumbers(store, 'airport-SEA', 1, 1)
      const connect = (): Store => createMessageStore(connectTo(url))
      const [own, replaying, young] = [connect(), connect(), connect()]
      const end = async (): Promise<void> =>
        void (await Promise.all([own, replaying, young].map(({ db }) => db.destroy())))
      const events = recordEvents()
      const subscription = subscribe(own, { ...optionsOf(own, () => {}), ...events })
      const run = subscription.run().catch((error: unknown) => error)
      await events.next('parked')
      return { replaying, young, subscription, run, events, end }
    }

    test('a replay that hangs is ended, and the subscription goes on', async ({
      database,
      db,
      store,
    }) => {
      const all = await setUp(database.connectionString!, store)
      const [inReplay, hang] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      const hangs = optionsOf(
        all.replaying,
        async () => {
          inReplay.resolve()
          await hang.promise
        },
        false,
      )
      const replay = parkedMessages(all.replaying, hangs).replay()
      await inReplay.promise
      await writeNumbers(store, 'airport-SEA', 2, 2)
      await writeNumbers(store, 'airport-JFK', 11, 12)
      expect(await all.events.next('parked behind')).toMatchObject({ message: { position: 1n } })
      while ((await effects(db)).length < 2);
      expect(await effects(db)).toEqual([11, 12])

      hang.resolve()
      expect(await replay).toMatchObject({ replayed: 2, released: ['airport-SEA'] })
      await all.subscription.stop()
      await all.run
      // at least once, what hung was handled, and is handled again
      expect((await effects(db)).filter((n) => n < 10).slice(-2)).toEqual([1, 2])
      await all.end()
    })

    test('a replay that is busy holds neither a takeover up nor a stop', async ({
      database,
      db,
      store,
    }) => {
      const all = await setUp(database.connectionString!, store)
      const inReplay = Promise.withResolvers<void>()
      const busy = new AbortController()
      const replaying = parkedMessages(all.replaying, {
        ...optionsOf(all.replaying, () => {}),
        async handler({ data }: Counted, { trx = all.replaying.db }: { trx?: Store['db'] }) {
          inReplay.resolve()
          while (!busy.signal.aborted) await sql`select`.execute(trx)
          await trx.insertInto('effect').values({ n: data.n, by: 'it' }).execute()
        },
        // Longer than this takes: at least once its transaction idles.
        checkpoints: tableCheckpoints(all.replaying.db),
      } as unknown as Options).replay()
      await inReplay.promise
      await writeNumbers(store, 'airport-SEA', 2, 2)
      expect(await all.events.next('reconnecting')).toMatchObject({ error: { code: '55P03' } })

      const events = recordEvents()
      const young = subscribe(all.young, { ...optionsOf(all.young, () => {}), ...events })
      const run = young.run()
      await events.next('started')
      expect(await all.run).toMatchObject({ code: 'FENCED' })
      await events.next('reconnecting')
      await young.stop()
      expect(await run).toMatchObject({ reason: 'stopped' })

      busy.abort()
      expect(await replaying).toMatchObject({ replayed: 1, released: ['airport-SEA'] })
      expect(await effects(db)).toEqual([1])
      await all.end()
    })

    test('a replay whose handler always idles too long fails, and is not tried for ever', async ({
      database,
      db,
      store,
    }) => {
      const all = await setUp(database.connectionString!, store)
      await all.subscription.stop()
      await all.run
      let calls = 0
      const idles = optionsOf(
        all.replaying,
        async () => {
          calls += 1
          await untilIdleOnesAreEnded(db)
        },
        false,
      )
      const result = await parkedMessages(all.replaying, idles).replay()
      expect(result).toMatchObject({
        replayed: 0,
        failed: [{ globalPosition: 1n, error: { code: 'HANDLER_IDLE', idleTimeout: 300 } }],
      })
      expect(calls).toBe(2)
      const [row] = await db.selectFrom('mdb.parked_message').selectAll().execute()
      expect(row).toMatchObject({ attempts: 2, error: expect.stringContaining('idleTimeout') })
      await all.end()
    })
  })
}
