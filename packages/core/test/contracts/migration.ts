import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { createMessageStore, MessageStoreIncompleteError } from '@mdb/core'
import {
  InstallationPermissionError,
  installMessageStore,
  installedVersion,
} from '@mdb/core/migration'
import type { MessageStoreTest } from '../support.ts'
import { dropStore, fingerprint } from '../support/installations.ts'

export function migrationContract(test: MessageStoreTest): void {
  describe('installMessageStore', () => {
    test('installs into an empty database, once', async ({ db }) => {
      const before = await fingerprint(db)
      await dropStore(db)
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
      await dropStore(db)
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

    test('needs nothing of the database where the schema is there', async ({ db }) => {
      await dropStore(db)
      await sql`drop role if exists tenant`.execute(db)
      await sql`create role tenant`.execute(db)
      const undone = db.transaction().execute(async (trx) => {
        await sql`create schema message_store authorization tenant`.execute(trx)
        await sql`set local role tenant`.execute(trx)
        expect(await installMessageStore(trx)).toEqual({
          version: '1.3.0',
          installed: true,
          role: { granted: true },
        })
        await createMessageStore(trx).writeMessage('x-1', { type: 'A', data: 1 })
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
      await sql`drop role tenant`.execute(db)
    })

    test('says who must grant the schema, when the role could not', async ({ db }) => {
      await dropStore(db)
      await sql`drop role if exists tenant`.execute(db)
      await sql`create role tenant`.execute(db)
      const undone = db.transaction().execute(async (trx) => {
        await sql`create schema message_store`.execute(trx)
        await sql`grant usage, create on schema message_store to tenant`.execute(trx)
        await sql`set local role tenant`.execute(trx)
        const { role } = await installMessageStore(trx)
        expect(role).toEqual({
          granted: false,
          reason: expect.stringContaining('GRANT USAGE ON SCHEMA message_store TO message_store;'),
        })
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
      await sql`drop role tenant`.execute(db)
    })

    test('says what to run where the role may not install, and runs it', async ({ db }) => {
      await dropStore(db)
      await sql`drop role if exists "Ten ant"`.execute(db)
      await sql`create role "Ten ant"`.execute(db)
      const undone = db.transaction().execute(async (trx) => {
        const refused = async (): Promise<InstallationPermissionError> => {
          await sql`set local role "Ten ant"`.execute(trx)
          const error = await installMessageStore(trx).catch((reason: unknown) => reason)
          await sql`reset role`.execute(trx)
          expect(error).toBeInstanceOf(InstallationPermissionError)
          return error as InstallationPermissionError
        }
        const noSchema = await refused()
        expect(noSchema).toMatchObject({ code: 'INSTALLATION_PERMISSION', role: 'Ten ant' })
        expect(noSchema.command).toBe('CREATE SCHEMA message_store AUTHORIZATION "Ten ant";')

        await sql`create schema message_store`.execute(trx)
        const noRight = await refused()
        expect(noRight.command).toBe('GRANT USAGE, CREATE ON SCHEMA message_store TO "Ten ant";')
        await sql.raw(noRight.command).execute(trx)
        await sql`set local role "Ten ant"`.execute(trx)
        expect(await installMessageStore(trx)).toMatchObject({ installed: true })
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
      await sql`drop role "Ten ant"`.execute(db)
    })

    test('says so where the role may not even ask for the version', async ({ db }) => {
      await sql`drop role if exists stranger`.execute(db)
      await sql`create role stranger`.execute(db)
      const undone = db.transaction().execute(async (trx) => {
        await sql`set local role stranger`.execute(trx)
        await installMessageStore(trx)
      })
      await expect(undone).rejects.toMatchObject({ code: 'MESSAGE_STORE_PERMISSION' })
      await sql`drop role stranger`.execute(db)
    })

    test('takes an empty schema as nothing installed', async ({ db }) => {
      await dropStore(db)
      await sql`create schema message_store`.execute(db)
      expect(await installMessageStore(db)).toMatchObject({ installed: true })
    })
  })
}

/** What needs two connections at once, or a role of its own, which PGlite does not have. */
export function concurrentMigrationContract(test: MessageStoreTest): void {
  test('two processes may install at once', async ({ db, database }) => {
    await dropStore(db)
    const outcomes = await Promise.all([
      installMessageStore(db),
      installMessageStore(database.connect()),
    ])
    expect(outcomes.filter(({ installed }) => installed)).toHaveLength(1)
    expect(outcomes.map(({ version }) => version)).toEqual(['1.3.0', '1.3.0'])
  })

  test('a user who may create roles, and is no superuser, installs all of it', async ({
    db,
    database,
    server,
  }) => {
    const before = await fingerprint(db)
    await dropStore(db)
    await sql`drop role if exists managed`.execute(db)
    await sql`create role managed login createrole password 'secret'`.execute(db)
    await sql`do $$ begin
      execute format('grant create on database %I to managed', current_database());
    end $$`.execute(db)
    const managed = database.connect({ user: 'managed', password: 'secret' })
    const { rows } = await sql`select rolsuper from pg_roles where rolname = current_user`.execute(
      managed,
    )
    expect(rows).toEqual([{ rolsuper: false }])
    expect(await installMessageStore(managed)).toEqual({
      version: '1.3.0',
      installed: true,
      role: { granted: true },
    })
    expect(await fingerprint(db)).toEqual(before)
    await createMessageStore(managed).writeMessage('x-1', { type: 'A', data: 1 })
    expect(server.backend).toBe('embedded')
  })
}
