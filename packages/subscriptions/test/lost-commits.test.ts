import { createMessageStore, type MessageStore } from '@mdb/core'
import { constantPolling, subscribe, type Subscription, tableCheckpoints } from '@mdb/subscriptions'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { type Kysely, sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { connectTo, type EffectDatabase, effects, installEffects, upTo } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'
import { onPort, oneAddress } from './support/servers.ts'

type Db = Kysely<EffectDatabase>
type Mode = 'message' | 'page' | undefined
type Act = (db: Db, n: number) => Promise<void>

// A commit that is not flushed is in no file of a server that is ended at once: only a commit that
// waits for its flush takes it there, since the writer of the log sleeps.
const SLOW_FLUSH = ['-c', 'wal_writer_delay=10s', '-c', 'wal_writer_flush_after=1GB']

const modes = [{ per: 'message' }, { per: 'page' }, { per: undefined }] as const
const crashes = modes.flatMap(({ per }) => [
  { per, flushedAt: 6, lost: 'some saves' },
  { per, flushedAt: 1, lost: 'every save' },
])

describe('commits that the database loses come again, place and effects', () => {
  test.each(crashes)(
    'in a crash without synchronous commit: per $per, $lost',
    async ({ per, flushedAt }) => {
      await using server = await startEmbeddedPostgres({ postgresFlags: SLOW_FLUSH })
      await using database = await server.createDatabase<EffectDatabase>()
      await installEffects(database.db)
      await writeNumbers(database.store, 'airport-SEA', 1, 10)
      await using own = withoutFlush(database.connectionString)
      const { subscription, run, events } = handle(
        createMessageStore(own.db),
        per,
        async (db, n) => {
          // What was committed before this is flushed with it.
          if (n === flushedAt) await sql`create table if not exists flushed ()`.execute(database.db)
          await db.insertInto('effect').values({ n, by: 'run' }).execute()
        },
      )
      await events.next('live')
      expect(await effects(own.db)).toEqual(upTo(10))

      await server.restart({ mode: 'immediate' })
      // Nothing is written, and it goes back all the same.
      expect(await events.next('moved')).toMatchObject({ reason: 'commits lost' })
      await using after = withoutFlush(database.connectionString)
      await expectAll(per, { subscription, run, events, store: createMessageStore(after.db) })
    },
    60_000,
  )

  test.each(modes)(
    'in a failover to a standby that had not all: per $per',
    async ({ per }) => {
      await using server = await startEmbeddedPostgres()
      const standby = await server.startStandby()
      await using database = await server.createDatabase<EffectDatabase>()
      await installEffects(database.db)
      await writeNumbers(database.store, 'airport-SEA', 1, 10)
      let address = database.connectionString ?? ''
      await using moving = oneAddress(() => address)
      const store = moving.store as unknown as MessageStore<EffectDatabase>
      const atSix = Promise.withResolvers<void>()
      const goOn = Promise.withResolvers<void>()
      const { subscription, run, events } = handle(store, per, async (db, n) => {
        if (n === 6) {
          atSix.resolve()
          await goOn.promise
        }
        await db.insertInto('effect').values({ n, by: 'run' }).execute()
      })
      await atSix.promise
      await standby.caughtUp()
      await using there = connected(onPort(database, standby.port))
      await unfollow(there.db)
      goOn.resolve()
      await events.next('live')
      expect([await effects(database.db), await effects(there.db)]).toEqual([upTo(10), upTo(5)])

      await standby.promote()
      const old = address
      address = onPort(database, standby.port)
      await moving.left(old)
      await expectAll(per, { subscription, run, events, store: createMessageStore(there.db) })
    },
    120_000,
  )
})

/** Runs a subscription that saves after each message, or page. */
function handle(store: MessageStore<EffectDatabase>, per: Mode, act: Act) {
  const events = recordEvents()
  const options = {
    id: 'delays',
    source: { category: 'airport' },
    batchSize: 5,
    checkpoints: tableCheckpoints(store.db),
    polling: constantPolling({ interval: 5 }),
    reconnect: { min: 1, max: 20 },
    ...events,
  } as const
  const subscription =
    per === undefined
      ? subscribe<Counted>(store, {
          ...options,
          checkpointInterval: { messages: 1 },
          handler: async ({ data }) => await act(store.db, data.n),
        })
      : subscribe<Counted, EffectDatabase>(store, {
          ...options,
          transactional: per,
          handler: async ({ data }, { trx }) => await act(trx, data.n),
        })
  return { subscription, run: subscription.run(), events }
}

interface Running {
  readonly subscription: Subscription
  readonly run: Promise<unknown>
  readonly events: ReturnType<typeof recordEvents>
  readonly store: MessageStore<EffectDatabase>
}

/** Writes two more: then all effects are there; in transactional mode once and in order. */
async function expectAll(per: Mode, { subscription, run, events, store }: Running): Promise<void> {
  await writeNumbers(store, 'airport-SEA', 11, 12)
  const last = (await store.getLastStreamMessage('airport-SEA'))?.globalPosition
  while (subscription.position !== last) await events.next('checkpointed')
  await subscription.stop()
  await run
  expect(events.types()).toContain('moved')
  const made = await effects(store.db)
  // At least once, what is new may be handled before a save tells.
  const once = [...new Set(made)].toSorted((a, b) => a - b)
  expect(per === undefined ? once : made).toEqual(upTo(12))
}

function connected(connectionString: string): AsyncDisposable & { readonly db: Db } {
  const db = connectTo(connectionString)
  return { db, [Symbol.asyncDispose]: () => db.destroy() }
}

function withoutFlush(connectionString = ''): ReturnType<typeof connected> {
  const url = new URL(connectionString)
  url.searchParams.set('options', '-c synchronous_commit=off')
  return connected(url.href)
}

/** Resolves when the standby gets nothing any more. */
async function unfollow(standby: Db): Promise<void> {
  await sql`alter system set primary_conninfo = ''`.execute(standby)
  await sql`select pg_reload_conf()`.execute(standby)
  for (let isFed = true; isFed;) {
    const { rows } = await sql`select from pg_stat_wal_receiver`.execute(standby)
    isFed = rows.length > 0
  }
}
