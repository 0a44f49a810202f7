import { type Kysely, sql, type Transaction } from 'kysely'
import { describe, expect } from 'vitest'
import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import {
  acquireLock,
  cardinalId,
  getCategoryMessages,
  getLastStreamMessage,
  getStreamMessages,
  streamVersion,
  writeMessage,
} from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

type DB = MessageStoreDatabase

const message = { type: 'A', data: 1 }

async function pathOf(db: Kysely<DB>): Promise<string | undefined> {
  const { rows } = await sql<{ path: string }>`
    select current_setting('search_path') as path`.execute(db)
  return rows[0]?.path
}

async function setPath(trx: Transaction<DB>, path: string): Promise<void> {
  await sql`select set_config('search_path', ${path}, true)`.execute(trx)
}

export function searchPathContract(test: MessageStoreTest): void {
  describe('the search_path of the session', () => {
    test.for(['', 'public', '"$user", public', 'pg_catalog', 'nowhere, "we""ird, x"'])(
      'may be %j, and is that again after each call in a transaction',
      async (path, { db, store }) => {
        await db.transaction().execute(async (trx) => {
          await setPath(trx, path)
          const inside = store.using(trx)
          const calls = {
            write: () => inside.writeMessage('x-1', message),
            batch: () => inside.writeMessages('x-1', [message, message]),
            streams: () =>
              inside.writeToStreams([
                { streamName: 'x-1', message },
                { streamName: 'y-1', message },
              ]),
            stream: () => inside.getStreamMessages('x-1'),
            'no stream': () => inside.getStreamMessages('none-1'),
            category: () => inside.getCategoryMessages('x'),
            'no category': () => inside.getCategoryMessages('none'),
            last: () => inside.getLastStreamMessage('x-1'),
            'no last': () => inside.getLastStreamMessage('none-1'),
            version: () => inside.streamVersion('x-1'),
            'no version': () => inside.streamVersion('none-1'),
            lock: () => inside.acquireLock('x-1'),
          }
          for (const [name, call] of Object.entries(calls)) {
            await call()
            expect([name, await pathOf(trx)]).toEqual([name, path])
          }
        })
      },
    )

    test('is the same after an expression, whatever the query does with its rows', async ({
      db,
      store,
    }) => {
      await store.writeMessage('x-1', message)
      await store.writeMessage('x-1', message)
      await db.transaction().execute(async (trx) => {
        await setPath(trx, 'public')
        const page = () => getCategoryMessages('x').as('page')
        const none = () => getCategoryMessages('none').as('none')
        const queries = {
          limit: trx.selectFrom(page()).selectAll().limit(1),
          'limit 0': trx.selectFrom(page()).selectAll().limit(0),
          'no row passes': trx.selectFrom(page()).selectAll().where('type', '=', 'Z'),
          'no column': trx.selectFrom(page()).select(sql.lit(1).as('one')),
          'empty page': trx.selectFrom(none()).selectAll(),
          'joined to an empty page': trx
            .selectFrom(page())
            .innerJoin(none(), 'page.id', 'none.id')
            .selectAll('page'),
          'left joined': trx
            .selectFrom(page())
            .leftJoin(none(), 'page.id', 'none.id')
            .selectAll('page'),
          ordered: trx.selectFrom(page()).selectAll().orderBy('page.position', 'desc'),
          lateral: trx
            .selectFrom(page())
            .innerJoinLateral(
              (eb) => getLastStreamMessage(eb.ref('page.stream_name')).as('last'),
              (join) => join.onTrue(),
            )
            .select('last.id'),
          values: trx.selectNoFrom([
            streamVersion('x-1').as('version'),
            streamVersion('none-1').as('none'),
            cardinalId('x-1+2').as('cardinal'),
            acquireLock('x-1').as('lock'),
            writeMessage('x-2', message).as('written'),
          ]),
          'two streams': trx
            .selectFrom([getStreamMessages('x-1').as('a'), getStreamMessages('x-2').as('b')])
            .select('a.id'),
        }
        for (const [name, query] of Object.entries(queries)) {
          await query.execute()
          expect([name, await pathOf(trx)]).toEqual([name, 'public'])
        }
      })
    })

    test('keeps to a table of the application named messages', async ({ db, store }) => {
      await sql`create table public.messages (body text)`.execute(db)
      await db.transaction().execute(async (trx) => {
        await sql`insert into messages values ('mine')`.execute(trx)
        await store.using(trx).writeMessage('x-1', message)
        await sql`insert into messages values ('mine too')`.execute(trx)
        expect(await store.using(trx).getStreamMessages('x-1')).toHaveLength(1)
        const { rows } = await sql`select body from messages`.execute(trx)
        expect(rows).toEqual([{ body: 'mine' }, { body: 'mine too' }])
      })
      expect(await store.getCategoryMessages('x')).toHaveLength(1)
    })

    test('keeps to a temporary table named messages', async ({ db, store }) => {
      await db.transaction().execute(async (trx) => {
        await sql`create temporary table messages (body text) on commit drop`.execute(trx)
        await store.using(trx).writeMessage('x-1', message)
        expect(await store.using(trx).streamVersion('x-1')).toBe(0n)
        expect((await sql`select * from messages`.execute(trx)).rows).toEqual([])
      })
    })

    test('is no matter of the role, merely granted message_store', async ({ db, store }) => {
      await sql`drop role if exists app`.execute(db)
      await sql`create role app in role message_store`.execute(db)
      try {
        await db.transaction().execute(async (trx) => {
          await sql`set local role app`.execute(trx)
          const inside = store.using(trx)
          await inside.writeMessage('x-1', message)
          expect(await inside.getStreamMessages('x-1')).toHaveLength(1)
          expect(await inside.getCategoryMessages('x')).toHaveLength(1)
          expect(await inside.streamVersion('x-1')).toBe(0n)
        })
      } finally {
        await sql`drop role app`.execute(db)
      }
    })

    test('is set back after a call that failed, by the savepoint before it', async ({
      db,
      store,
    }) => {
      await db.transaction().execute(async (trx) => {
        await setPath(trx, 'public')
        await sql`savepoint before`.execute(trx)
        const failed = store.using(trx).writeMessage('x-1', message, { expectedVersion: 7n })
        await expect(failed).rejects.toMatchObject({ code: 'WRONG_EXPECTED_VERSION' })
        await sql`rollback to savepoint before`.execute(trx)
        expect(await pathOf(trx)).toBe('public')
      })
    })

    test('outside a transaction it is that of the session', async ({ db, store }) => {
      const before = await pathOf(db)
      await store.writeMessage('x-1', message)
      await store.getCategoryMessages('x')
      expect(await pathOf(db)).toBe(before)
    })
  })

  test('Message DB may live in another schema', async ({ db, store }) => {
    await sql`create schema "my ""store"`.execute(db)
    const missing = createMessageStore(db, { schema: 'my "store' })
    await expect(missing.streamVersion('x-1')).rejects.toMatchObject({
      code: 'MESSAGE_STORE_NOT_INSTALLED',
      schema: 'my "store',
    })
    await sql`drop schema "my ""store"`.execute(db)
    await store.writeMessage('x-1', message)
    await sql`alter schema message_store rename to "my ""store"`.execute(db)
    const moved = createMessageStore(db, { schema: 'my "store' })
    expect(await moved.streamVersion('x-1')).toBe(0n)
    expect(await moved.getStreamMessages('x-1')).toHaveLength(1)
  })
}
