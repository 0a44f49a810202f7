import { createMessageStore } from '@mdb/core'
import { type Failure, retryThenPark, subscribe, tableCheckpoints } from '@mdb/subscriptions'
import type { TestDatabase } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql, type Transaction } from 'kysely'
import pg from 'pg'
import { describe, expect } from 'vitest'
import {
  connectTo,
  type EffectDatabase,
  effects,
  installEffects,
  untilIdleOnesAreEnded,
} from './support/effects.ts'
import { codedError } from './support/errors.ts'
import { recordEvents } from './support/events.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })

const GUEST = 'guest_of_whose_failure'

interface Trouble {
  readonly trx: Transaction<EffectDatabase>
  /** Another connection of the same database. */
  readonly db: TestDatabase<EffectDatabase>['db']
  readonly database: TestDatabase<EffectDatabase>
}

/** Of the handler's own making; each with what the policy is told, and how often it is called. */
const troubles: Record<string, readonly [(at: Trouble) => Promise<unknown>, object, number]> = {
  'another database has no connection left': [connectAsGuest, { code: '53300' }, 2],
  'another session was terminated': [terminateAnother, { code: '57P01' }, 2],
  "another session's lock was not free": [lockElsewhere, { code: '55P03' }, 2],
  'another server starts up, and a failure before it was caught': [
    async ({ trx }) => {
      await sql`select 1 / 0`.execute(trx).catch(() => {})
      throw codedError('57P03', 'the database system is starting up')
    },
    { code: '57P03' },
    2,
  ],
  'its own statement is too slow': [
    async ({ trx }) => {
      await sql`set local statement_timeout = 20`.execute(trx)
      await sql`select pg_sleep(60)`.execute(trx)
    },
    { code: '57014' },
    2,
  ],
  'its transaction idles for too long, and goes on': [
    async ({ trx, db }) => {
      await untilIdleOnesAreEnded(db)
      await sql`select`.execute(trx)
    },
    { code: 'HANDLER_IDLE', idleTimeout: 200 },
    4,
  ],
  'its transaction idles for too long, and there is an end of it': [
    ({ db }) => untilIdleOnesAreEnded(db),
    { code: 'HANDLER_IDLE', idleTimeout: 200 },
    4,
  ],
  'its transaction idles for too long, and fails': [
    async ({ db }) => {
      await untilIdleOnesAreEnded(db)
      throw new Error('too late')
    },
    { message: 'too late' },
    4,
  ],
}

const cases = Object.entries(troubles)

for (const transactional of ['message', 'page'] as const) {
  describe(`the handler's own, a transaction per ${transactional}:`, () => {
    test.for([...cases])(
      'the policy is asked, and it is parked: %s',
      async ([, trouble], { database, db, store }) => {
        const [fail, error, expected] = trouble
        await installEffects(db)
        await writeNumbers(store, 'airport-SEA', 1, 1)
        await writeNumbers(store, 'airport-JFK', 11, 11)
        const own = createMessageStore(connectTo(database.connectionString!))
        const asked: unknown[] = []
        let calls = 0
        const events = recordEvents()
        const subscription = subscribe<Counted, EffectDatabase>(own, {
          id: 'delays',
          source: { category: 'airport' },
          transactional,
          checkpoints: tableCheckpoints(own.db, expected === 4 ? { idleTimeout: 200 } : {}),
          reconnect: { min: 1, max: 5 },
          failure: (failure: Failure) => {
            asked.push(failure.error)
            return retryThenPark({ attempts: 2, min: 1, max: 2 })(failure)
          },
          ...events,
          async handler({ data }, { trx }) {
            await trx.insertInto('effect').values({ n: data.n, by: 'it' }).execute()
            if (data.n !== 1) return
            calls += 1
            await fail({ trx, db, database })
          },
        })
        const run = subscription.run()
        await events.next('live')
        await subscription.stop()
        await run
        expect(asked).toMatchObject([error, error])
        // a page that fails is handled again, a message each
        const before = transactional === 'page' ? expected / 2 : 0
        expect(calls).toBe(before + expected)
        expect(await effects(db)).toEqual([11])
        const parked = await db.selectFrom('mdb.parked_message').select('attempts').execute()
        expect(parked).toEqual([{ attempts: 2 }])
        await own.db.destroy()
      },
    )
  })
}

async function connectAsGuest({ db, database }: Trouble): Promise<void> {
  const url = new URL(database.connectionString!)
  // Roles are the whole server's: it may be there.
  const guest = sql`create role ${sql.id(GUEST)} login connection limit 0
    password ${sql.lit(url.password)}`
  await guest.execute(db).catch(() => {})
  url.username = GUEST
  const client = new pg.Client({ connectionString: url.href })
  await client.connect()
}

async function terminateAnother({ db, database }: Trouble): Promise<void> {
  const other = new pg.Client({ connectionString: database.connectionString! })
  other.on('error', () => {})
  await other.connect()
  const { rows } = await other.query<{ pid: number }>('select pg_backend_pid() as pid')
  const ending = sql`select pg_terminate_backend(${rows[0]!.pid})`.execute(db)
  await Promise.all([other.query('select pg_sleep(60)'), ending])
}

async function lockElsewhere({ trx, database }: Trouble): Promise<void> {
  const other = new pg.Client({ connectionString: database.connectionString! })
  await other.connect()
  try {
    await sql`select pg_advisory_xact_lock(4711)`.execute(trx)
    await other.query(`set lock_timeout = 10`)
    await other.query(`select pg_advisory_lock(4711)`)
  } finally {
    await other.end()
  }
}
