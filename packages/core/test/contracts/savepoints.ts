import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import type { MessageStoreDatabase } from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'

const message = (type: string) => ({ type, data: {} })

/** The application's own table, named as Message DB's, under its bare name. */
async function own(db: Kysely<MessageStoreDatabase>): Promise<unknown> {
  const { rows } = await sql<{ body: string }>`select body from messages order by body`.execute(db)
  return rows.map(({ body }) => body)
}

export function savepointsContract(test: MessageStoreTest): void {
  describe("in a controlled transaction, beside the application's own messages", () => {
    test('a savepoint takes back messages and rows, and the rest commits', async ({
      db,
      store,
    }) => {
      await sql`create table public.messages (body text)`.execute(db)
      const add = async (on: Kysely<MessageStoreDatabase>, body: string): Promise<unknown> =>
        sql`insert into messages values (${body})`.execute(on)

      const trx = await db.startTransaction().execute()
      await add(trx, 'a')
      await store.using(trx).writeMessage('x-1', message('A'))

      const outer = await trx.savepoint('outer').execute()
      await add(outer, 'b')
      await store.using(outer).writeMessage('x-1', message('B'))
      const inner = await outer.savepoint('inner').execute()
      await add(inner, 'c')
      await store.using(inner).writeMessage('x-1', message('C'))
      expect(await store.using(inner).streamVersion('x-1')).toBe(2n)
      const undone = await inner.rollbackToSavepoint('inner').execute()
      expect(await own(undone)).toEqual(['a', 'b'])
      expect(await store.using(undone).streamVersion('x-1')).toBe(1n)
      const released = await undone.releaseSavepoint('inner').execute()
      await released.rollbackToSavepoint('outer').execute()
      expect(await own(trx)).toEqual(['a'])
      await store.using(trx).writeMessage('x-1', message('D'), { expectedVersion: 0n })
      await trx.commit().execute()

      const written = await store.getStreamMessages('x-1')
      expect(written.map(({ type, position }) => [type, position])).toEqual([
        ['A', 0n],
        ['D', 1n],
      ])
      expect(await own(db)).toEqual(['a'])
    })

    test('a call that failed is undone by its savepoint, and the transaction goes on', async ({
      db,
      store,
    }) => {
      await sql`create table public.messages (body text)`.execute(db)
      await sql`insert into messages values ('mine')`.execute(db)
      const trx = await db.startTransaction().execute()
      const inside = store.using(trx)
      const failures = {
        WRONG_EXPECTED_VERSION: async () =>
          inside.writeMessage('x-1', message('A'), { expectedVersion: 7n }),
        CONDITIONS_NOT_ACTIVATED: async () =>
          inside.getCategoryMessages('x', { condition: (eb) => eb('type', '=', 'A') }),
        MESSAGE_STORE_NOT_INSTALLED: async () => {
          await sql`alter schema message_store rename to elsewhere`.execute(trx)
          return inside.streamVersion('x-1')
        },
      }
      for (const [code, call] of Object.entries(failures)) {
        const before = await trx.savepoint('before').execute()
        await expect(call()).rejects.toMatchObject({ code })
        // Until then the transaction does nothing more, and says so as the server does.
        await expect(inside.streamVersion('x-1')).rejects.toMatchObject({ code: '25P02' })
        await before.rollbackToSavepoint('before').execute()
        expect([code, await own(trx)]).toEqual([code, ['mine']])
      }
      await inside.writeMessage('x-1', message('B'), { expectedVersion: 'no-stream' })
      await trx.commit().execute()
      expect(await store.streamVersion('x-1')).toBe(0n)
    })

    test('what is rolled back is gone, and its position is taken anew', async ({ db, store }) => {
      const trx = await db.startTransaction().execute()
      await store.using(trx).writeMessage('x-1', message('A'))
      await trx.rollback().execute()
      expect(await store.streamVersion('x-1')).toBeUndefined()
      expect((await store.writeMessage('x-1', message('B'))).position).toBe(0n)
    })
  })
}
