import { sql, type Transaction } from 'kysely'
import { describe, expect } from 'vitest'
import { isTransient, type MessageStoreDatabase, translateError } from '@mdb/core'
import { TRANSIENT_SQLSTATES } from '../../src/transient-failures.ts'
import type { EmbeddedServer } from '@mdb/testing/embedded'
import type { MessageStoreTest } from '../support.ts'

const message = { type: 'A', data: 1 }
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
type Trx = Transaction<MessageStoreDatabase>

/** That each driver says what happened in a way that `isTransient` understands. */
export function transientContract(test: MessageStoreTest): void {
  describe('isTransient', () => {
    test('knows what the server says, however the driver hands it over', async ({ db }) => {
      const raise = async (state: string): Promise<unknown> =>
        caught(
          sql`${sql.raw(`do $$ begin raise exception 'raised' using errcode = '${state}'; end $$`)}`.execute(
            db,
          ),
        )
      for (const state of [...TRANSIENT_SQLSTATES, '08006', '08P01']) {
        const error = await raise(state)
        expect([state, isTransient(error), isTransient(translateError(error))]).toEqual([
          state,
          true,
          true,
        ])
      }
      for (const state of ['23505', '42501', '3F000', 'P0001', '53400', '57014']) {
        const error = await raise(state)
        expect([state, error instanceof Error, isTransient(error)]).toEqual([state, true, false])
      }
    })

    test('says yes to a write on a read-only server', async ({ db, store }) => {
      const error = await caught(
        db.transaction().execute(async (trx) => {
          // As a statement: PGlite's dialect does not pass an access mode on.
          await sql`set transaction read only`.execute(trx)
          await store.using(trx).writeMessage('x-1', message)
        }),
      )
      expect(error).toMatchObject({ code: '25006' })
      expect(isTransient(error)).toBe(true)
    })

    test('says no to a version conflict, and to what is not installed', async ({ db, store }) => {
      const conflict = await caught(store.writeMessage('x-1', message, { expectedVersion: 3n }))
      await sql`drop schema message_store cascade`.execute(db)
      const missing = await caught(store.streamVersion('x-1'))
      expect([conflict, missing].map(isTransient)).toEqual([false, false])
    })
  })
}

export function concurrentTransientContract(test: MessageStoreTest): void {
  describe('isTransient says yes to', () => {
    test('a serialization failure', async ({ db, database }) => {
      await sql`create table counter (n int)`.execute(db)
      await sql`insert into counter values (0)`.execute(db)
      const other = database.connect()
      const error = await caught(
        db
          .transaction()
          .setIsolationLevel('repeatable read')
          .execute(async (trx) => {
            await sql`select n from counter`.execute(trx)
            await sql`update counter set n = n + 1`.execute(other)
            await sql`update counter set n = n + 1`.execute(trx)
          }),
      )
      expect(error).toMatchObject({ code: '40001' })
      expect(isTransient(error)).toBe(true)
    })

    test('a lock that was not free in time, and a statement that took too long', async ({
      db,
      database,
      store,
    }) => {
      const other = database.connect()
      const limited = async (limit: string, use: (trx: Trx) => Promise<unknown>) =>
        caught(
          other.transaction().execute(async (trx) => {
            await sql`${sql.raw(`set local ${limit} = '10ms'`)}`.execute(trx)
            await use(trx)
          }),
        )
      const write = async (trx: Trx): Promise<unknown> =>
        store.using(trx).writeMessage('x-2', message)
      const [lock, statement] = await db.transaction().execute(async (trx) => {
        await store.using(trx).acquireLock('x-1')
        return [await limited('lock_timeout', write), await limited('statement_timeout', write)]
      })
      expect([lock, statement]).toMatchObject([{ code: '55P03' }, { code: '57014' }])
      expect([lock, statement].map(isTransient)).toEqual([true, true])
      expect((await store.writeMessage('x-1', message)).position).toBe(0n)
    })
  })
}

/** What a proxy in between would hide. */
export function refusedConnectionContract(test: MessageStoreTest): void {
  describe('isTransient says yes to', () => {
    test('a role that has too many connections', async ({ db, database, store }) => {
      await sql`create role crowded login password 'secret' connection limit 0`.execute(db)
      try {
        const other = database.connect({ user: 'crowded', password: 'secret' })
        const error = await caught(store.using(other).streamVersion('x-1'))
        expect(error).toMatchObject({ code: '53300' })
        expect(isTransient(error)).toBe(true)
      } finally {
        await sql`drop role crowded`.execute(db)
      }
    })
  })
}

/**
 * How connections are lost, with no proxy in between. Not for `kysely-postgres-js`: its connection
 * does not survive it (https://github.com/porsager/postgres/issues/1208).
 */
export function lostConnectionContract(test: MessageStoreTest): void {
  describe('isTransient says yes to', () => {
    test('a statement cut off with its session, but not one that was cancelled', async ({
      db,
      database,
      store,
    }) => {
      const victim = database.connect({ max: 1 })
      // The lock it waits for shows that it runs.
      const outcomes: unknown[] = []
      for (const end of ['pg_cancel_backend', 'pg_terminate_backend']) {
        await db.transaction().execute(async (trx) => {
          await store.using(trx).acquireLock('x-1')
          const blocked = caught(store.using(victim).writeMessage('x-1', message))
          let ended = 0
          while (ended === 0) {
            await sql`select pg_stat_clear_snapshot()`.execute(trx)
            const { rows } = await sql`
              select ${sql.raw(end)}(pid) from pg_stat_activity
              where datname = current_database() and wait_event = 'advisory'`.execute(trx)
            ended = rows.length
          }
          outcomes.push(await blocked)
        })
      }
      const [cancelled, terminated] = outcomes
      expect(cancelled).toMatchObject({ code: '57014' })
      expect([cancelled, terminated].map(isTransient)).toEqual([false, true])
      // The pool may not have seen yet that its connection is gone: then the next call says so.
      let again: unknown
      do {
        again = await caught(store.using(victim).writeMessage('x-1', message))
        expect(again === undefined || isTransient(again)).toBe(true)
      } while (again !== undefined)
      expect(await store.streamVersion('x-1')).toBe(0n)
    })

    test('a server that crashes under a statement, and comes back', async ({
      database,
      db,
      server,
    }) => {
      const other = database.connect()
      const asleep = caught(sql`select pg_sleep(60)`.execute(other))
      for (let seen = 0; seen === 0;) {
        const { rows } = await sql`select from pg_stat_activity
          where datname = current_database() and wait_event = 'PgSleep'`.execute(db)
        seen = rows.length
      }
      await (server as EmbeddedServer).restart({ mode: 'immediate' })
      expect(isTransient(await asleep)).toBe(true)
      expect((await sql`select 1 as one`.execute(other)).rows).toEqual([{ one: 1 }])
    })
  })
}
