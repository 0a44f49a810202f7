import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  category,
  hash64,
  isTransient,
  type MessageStore,
  type MessageStoreDatabase,
} from '@mdb/core'
import { acquireLocks } from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

const message = { type: 'A', data: 1 }
const ROUNDS = 50

const keysOf = (names: readonly string[]): bigint[] =>
  [...new Set(names.map((name) => hash64(category(name))))].toSorted((a, b) =>
    a < b ? -1 : a > b ? 1 : 0,
  )

export function locksContract(test: MessageStoreTest): void {
  describe('acquireLocks', () => {
    const names = ['x-1', 'y', 'z:command-7', 'x-2', 'x', 'ü "\\-1', 'c', 'b', 'a']

    test('takes each category once, in the order of the keys', async ({ db, store }) => {
      const taken = await db.transaction().execute(async (trx) => {
        const keys = await store.using(trx).acquireLocks(names)
        const { rows } = await sql<{ key: string }>`
          select ((classid::bigint << 32) | objid::bigint)::text as key from pg_locks
          where locktype = 'advisory' and pid = pg_backend_pid()`.execute(trx)
        expect(rows.map(({ key }) => key).toSorted()).toEqual(keys.map(String).toSorted())
        return keys
      })
      expect(taken).toEqual(keysOf(names))
      expect(await store.acquireLocks(names.toReversed())).toEqual(taken)
    })

    test('of nothing takes nothing', async ({ store }) => {
      expect(await store.acquireLocks([])).toEqual([])
    })

    test('is an expression too, and leaves the search_path', async ({ db }) => {
      await db.transaction().execute(async (trx) => {
        const path = async (): Promise<unknown> =>
          (await sql`select current_setting('search_path')`.execute(trx)).rows
        const before = await path()
        await trx.selectNoFrom(acquireLocks(['x-1', 'y-1']).as('locks')).execute()
        expect(await path()).toEqual(before)
      })
    })

    test('refuses what is no list of names', async ({ store }) => {
      for (const wrong of ['x-1', [''], ['x-1', 7], undefined]) {
        await expect(store.acquireLocks(wrong as never)).rejects.toMatchObject({
          code: 'INVALID_STREAM_NAME',
        })
      }
    })
  })
}

export function concurrentLocksContract(test: MessageStoreTest): void {
  describe('two transactions that write two categories in opposite orders', () => {
    test('deadlock, which is transient: the other one commits', async ({ db, database, store }) => {
      let arrived = 0
      const both = Promise.withResolvers<void>()
      const write = async (to: MessageStore<MessageStoreDatabase>, [first, second]: string[]) =>
        to.db.transaction().execute(async (trx) => {
          await sql`set local deadlock_timeout = '20ms'`.execute(trx)
          const inside = to.using(trx)
          await inside.writeMessage(first ?? '', message)
          arrived += 1
          if (arrived === 2) both.resolve()
          await both.promise
          await inside.writeMessage(second ?? '', message)
        })
      const outcomes = await Promise.allSettled([
        write(store, ['x-1', 'y-1']),
        write(store.using(database.connect()), ['y-1', 'x-1']),
      ])
      const [lost, ...others] = outcomes.filter((outcome) => outcome.status === 'rejected')
      expect(others).toEqual([])
      expect(lost?.reason).toMatchObject({ code: '40P01' })
      expect(isTransient(lost?.reason)).toBe(true)
      expect(await sql`select 1 as one`.execute(db)).toMatchObject({ rows: [{ one: 1 }] })
      expect(await store.streamVersion('x-1')).toBe(0n)
      expect(await store.streamVersion('y-1')).toBe(0n)
    })

    test('do not once they take the locks first', async ({ database, store }) => {
      const write = async (
        to: MessageStore<MessageStoreDatabase>,
        [first, second]: readonly [string, string],
      ): Promise<void> =>
        to.db.transaction().execute(async (trx) => {
          const inside = to.using(trx)
          await inside.acquireLocks([first, second])
          await inside.writeMessage(first, message)
          await inside.writeMessage(second, message)
        })
      const other = store.using(database.connect())
      for (let round = 0; round < ROUNDS; round++) {
        await Promise.all([
          write(store, ['x-1', 'y-1']),
          write(other, round % 2 === 0 ? ['y-1', 'x-1'] : ['y-2', 'x-2']),
        ])
      }
      expect(await store.getCategoryMessages('x')).toHaveLength(2 * ROUNDS)
      expect(await store.getCategoryMessages('y')).toHaveLength(2 * ROUNDS)
    })
  })
}
