import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  createMessageStore,
  MessageStoreIncompleteError,
  type MessageStoreDatabase,
} from '@mdb/core'
import { installMessageStore, installedVersion } from '@mdb/core/migration'
import type { MessageStoreTest } from '../support.ts'

type DB = MessageStoreDatabase

const empty = async (db: Kysely<DB>): Promise<unknown> =>
  sql`drop schema message_store cascade`.execute(db)

/** What an installation is: every column, function, index, view and grant. */
async function fingerprint(db: Kysely<DB>): Promise<unknown> {
  const { rows } = await sql<{ line: string }>`
    select 'column ' || table_name || ' ' || column_name || ' ' || data_type as line
      from information_schema.columns where table_schema = 'message_store'
    union all select 'function ' || p.oid::regprocedure || ' ' || md5(prosrc)
      from pg_proc p where pronamespace = 'message_store'::regnamespace
    union all select indexdef from pg_indexes where schemaname = 'message_store'
    union all select 'grant ' || table_name || ' ' || grantee || ' ' || privilege_type
      from information_schema.role_table_grants where table_schema = 'message_store'
    order by 1`.execute(db)
  return rows.map(({ line }) => line)
}

export function migrationContract(test: MessageStoreTest): void {
  describe('installMessageStore', () => {
    test('installs into an empty database, once', async ({ db }) => {
      const before = await fingerprint(db)
      await empty(db)
      expect(await installedVersion(db)).toBeUndefined()
      expect(await installMessageStore(db)).toEqual({
        version: '1.3.0',
        installed: true,
        role: { granted: true },
      })
      expect(await installedVersion(db)).toBe('1.3.0')
      expect(await fingerprint(db)).toEqual(before)

      await createMessageStore(db).writeMessage('x-1', { type: 'A', data: 1 })
      expect(await installMessageStore(db)).toEqual({
        version: '1.3.0',
        installed: false,
        role: undefined,
      })
      expect(await createMessageStore(db).getStreamMessages('x-1')).toHaveLength(1)
    })

    test("joins the caller's transaction, and leaves its search_path", async ({ db }) => {
      await empty(db)
      await sql`create table public.mine (a int)`.execute(db)
      await sql`create index messages_stream on public.mine (a)`.execute(db)
      const undone = db.transaction().execute(async (trx) => {
        await sql`set local search_path to public, pg_temp`.execute(trx)
        expect(await installMessageStore(trx)).toMatchObject({ installed: true })
        const { rows } = await sql`select current_setting('search_path') as path,
          to_regclass('public.messages_stream') is not null as index_kept`.execute(trx)
        expect(rows).toEqual([{ path: 'public, pg_temp', index_kept: true }])
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
      expect(await installedVersion(db)).toBeUndefined()
    })

    test('leaves a part of an installation as it is, and says so', async ({ db, store }) => {
      await store.writeMessage('x-1', { type: 'A', data: 1 })
      await sql`drop function message_store.message_store_version()`.execute(db)
      const error = await installMessageStore(db).catch((reason: unknown) => reason)
      expect(error).toBeInstanceOf(MessageStoreIncompleteError)
      expect(error).toMatchObject({
        code: 'MESSAGE_STORE_INCOMPLETE',
        found: expect.arrayContaining(['table messages', 'type message', 'function id']),
      })
      expect(await store.getStreamMessages('x-1')).toHaveLength(1)
    })

    test('goes without role message_store where the user may not create it', async ({ db }) => {
      const undone = db.transaction().execute(async (trx) => {
        await sql`drop schema message_store cascade`.execute(trx)
        await sql`alter role message_store rename to message_store_elsewhere`.execute(trx)
        await sql`create role installer`.execute(trx)
        await sql`do $$ begin
          execute format('grant create on database %I to installer', current_database());
        end $$`.execute(trx)
        await sql`set local role installer`.execute(trx)
        expect(await installMessageStore(trx)).toEqual({
          version: '1.3.0',
          installed: true,
          role: { granted: false, reason: expect.stringContaining('no CREATEROLE') },
        })
        const store = createMessageStore(trx)
        await store.writeMessage('x-1', { type: 'A', data: 1 })
        expect(await store.getStreamMessages('x-1')).toHaveLength(1)
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
    })

    test('takes an empty schema as nothing installed', async ({ db }) => {
      await empty(db)
      await sql`create schema message_store`.execute(db)
      expect(await installMessageStore(db)).toMatchObject({ installed: true })
    })
  })
}

/** What needs two connections at once, or a role of its own, which PGlite does not have. */
export function concurrentMigrationContract(test: MessageStoreTest): void {
  test('two processes may install at once', async ({ db, database }) => {
    await empty(db)
    const outcomes = await Promise.all([
      installMessageStore(db),
      installMessageStore(database.connect()),
    ])
    expect(outcomes.filter(({ installed }) => installed)).toHaveLength(1)
    expect(outcomes.map(({ version }) => version)).toEqual(['1.3.0', '1.3.0'])
  })
}
