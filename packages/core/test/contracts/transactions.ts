import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { WrongExpectedVersionError } from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'

const message = { type: 'A', data: 1 }

export function transactionsContract(test: MessageStoreTest): void {
  describe("in the caller's transaction", () => {
    test('messages and rows commit together', async ({ db, store }) => {
      await sql`create table booking (id text)`.execute(db)
      await db.transaction().execute(async (trx) => {
        await sql`insert into booking values ('b1')`.execute(trx)
        await store.using(trx).writeMessage('booking-b1', message)
      })
      expect((await sql`select * from booking`.execute(db)).rows).toHaveLength(1)
      expect(await store.streamVersion('booking-b1')).toBe(0n)
    })

    test('messages and rows roll back together', async ({ db, store }) => {
      await sql`create table booking (id text)`.execute(db)
      const failed = db.transaction().execute(async (trx) => {
        await sql`insert into booking values ('b1')`.execute(trx)
        await store.using(trx).writeMessage('booking-b1', message)
        expect(await store.using(trx).streamVersion('booking-b1')).toBe(0n)
        throw new Error('changed my mind')
      })
      await expect(failed).rejects.toThrow('changed my mind')
      expect((await sql`select * from booking`.execute(db)).rows).toEqual([])
      expect(await store.streamVersion('booking-b1')).toBeUndefined()
    })

    test('a lock is taken to its end', async ({ db, store }) => {
      const held = async () => {
        const { rows } = await sql`select from pg_locks where locktype = 'advisory'`.execute(db)
        return rows.length
      }
      await db.transaction().execute(async (trx) => {
        const key = await store.using(trx).acquireLock('x-1')
        const { rows } = await sql<{ key: string }>`
          select ((classid::bigint << 32) | objid::bigint)::text as key from pg_locks
          where locktype = 'advisory' and pid = pg_backend_pid()`.execute(trx)
        expect(rows).toEqual([{ key: String(key) }])
      })
      expect(await held()).toBe(0)
    })
  })
}

/** What needs two connections at once, which PGlite does not have. */
export function concurrencyContract(test: MessageStoreTest): void {
  test.for(['repeatable read', 'serializable'] as const)(
    'a write on a stale snapshot under %s is a version conflict',
    async (isolation, { db, database, store }) => {
      await store.writeMessage('x-1', message)
      const other = store.using(database.connect())
      const conflict = await db
        .transaction()
        .setIsolationLevel(isolation)
        .execute(async (trx) => {
          await store.using(trx).streamVersion('x-1')
          await other.writeMessage('x-1', message)
          return store.using(trx).writeMessage('x-1', message, { expectedVersion: 0n })
        })
        .catch((error: unknown) => error)
      expect(conflict).toBeInstanceOf(WrongExpectedVersionError)
      expect(conflict).toMatchObject({
        streamName: 'x-1',
        expectedVersion: 0n,
        actualVersion: undefined,
        cause: { code: '23505' },
      })
    },
  )

  test('of two writers that expect the same version, one wins', async ({ database, store }) => {
    const other = store.using(database.connect())
    const outcomes = await Promise.allSettled(
      [store, other].map(async (writer) =>
        writer.writeMessage('x-1', message, { expectedVersion: 'no-stream' }),
      ),
    )
    expect(outcomes.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await store.streamVersion('x-1')).toBe(0n)
  })
}
