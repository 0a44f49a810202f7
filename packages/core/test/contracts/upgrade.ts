import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import { createMessageStore, type Message, type MessageStoreDatabase } from '@mdb/core'
import {
  installedVersion,
  installMessageStore,
  UnknownMessageStoreVersionError,
  upgradeMessageStore,
} from '@mdb/core/migration'
import type { MessageStoreTest } from '../support.ts'
import { dropStore, fingerprint, installOld, OLD_VERSIONS } from '../support/installations.ts'

type DB = MessageStoreDatabase

/** Messages with a gap and with all that a message can hold, written by the old store's function. */
async function writeOld(db: Kysely<DB>): Promise<Message[]> {
  const store = createMessageStore(db)
  for (const n of [0, 1, 2]) {
    await store.writeMessage(`x-${n % 2}`, { type: 'A', data: { n }, metadata: { by: 'old' } })
  }
  await sql`select nextval('message_store.messages_global_position_seq')`.execute(db)
  await store.writeMessage('x-1', { type: 'B', data: null })
  return store.getCategoryMessages('x')
}

const setVersion = async (db: Kysely<DB>, version: string): Promise<unknown> =>
  sql`create or replace function message_store.message_store_version() returns varchar
    language sql as ${sql.lit(`select '${version}'::varchar`)}`.execute(db)

export function upgradeContract(test: MessageStoreTest): void {
  describe('upgradeMessageStore', () => {
    test.for(OLD_VERSIONS)('makes a new store of a real %s, and keeps all', async (old, { db }) => {
      const fresh = await fingerprint(db)
      await installOld(db, old)
      expect(await installedVersion(db)).toBe(old)
      const written = await writeOld(db)
      expect(written.map((message) => message.globalPosition)).toEqual([1n, 2n, 3n, 5n])

      expect(await upgradeMessageStore(db)).toEqual({ from: old, version: '1.3.0', upgraded: true })
      const store = createMessageStore(db)
      expect(await store.getCategoryMessages('x')).toEqual(written)
      expect(await store.getLastStreamMessage('x-1', { type: 'A' })).toMatchObject({ position: 0n })
      expect(await store.getStreamMessages('x-0', { batchSize: 'unlimited' })).toHaveLength(2)
      expect(await fingerprint(db)).toEqual(fresh)

      const again = { from: '1.3.0', version: '1.3.0', upgraded: false }
      expect(await upgradeMessageStore(db)).toEqual(again)
      const next = await store.writeMessage('x-1', { type: 'A', data: 1 })
      expect(next.position).toBe(2n)
    })

    test("joins the caller's transaction, and is undone with it", async ({ db }) => {
      await installOld(db, '1.2.6')
      const before = await fingerprint(db)
      const undone = db.transaction().execute(async (trx) => {
        await sql`set local search_path to public, pg_temp`.execute(trx)
        await upgradeMessageStore(trx)
        const { rows } = await sql`select current_setting('search_path') as path`.execute(trx)
        expect(rows).toEqual([{ path: 'public, pg_temp' }])
        expect(await installedVersion(trx)).toBe('1.3.0')
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
      expect(await fingerprint(db)).toEqual(before)
    })

    test('is not done by installMessageStore, unasked', async ({ db }) => {
      await installOld(db, '1.2.6')
      expect(await installMessageStore(db)).toMatchObject({ version: '1.2.6', installed: false })
    })

    test.for(['1.3.1', '1.4.0', '2.0.0', '0.9.9', '1.2', '', '1.2.6; drop', 'latest'])(
      'touches no store that says it is %j',
      async (version, { db }) => {
        await setVersion(db, version)
        const before = await fingerprint(db)
        const error = await upgradeMessageStore(db).catch((reason: unknown) => reason)
        expect(error).toBeInstanceOf(UnknownMessageStoreVersionError)
        expect(error).toMatchObject({ code: 'UNKNOWN_MESSAGE_STORE_VERSION', version })
        expect(await fingerprint(db)).toEqual(before)
      },
    )

    test('asks for a store', async ({ db }) => {
      await dropStore(db)
      await expect(upgradeMessageStore(db)).rejects.toMatchObject({
        code: 'MESSAGE_STORE_NOT_INSTALLED',
      })
    })

    test('drops no view that stands on a function it replaces', async ({ db }) => {
      await installOld(db, '1.2.6')
      await sql`create view public.last as
        select * from message_store.get_last_stream_message('x-1')`.execute(db)
      const before = await fingerprint(db)
      await expect(upgradeMessageStore(db)).rejects.toMatchObject({ code: '2BP01' })
      expect(await fingerprint(db)).toEqual(before)
      expect(await installedVersion(db)).toBe('1.2.6')
    })

    test('is for the owner, and says who that is', async ({ db }) => {
      await installOld(db, '1.2.6')
      await sql`drop role if exists stranger`.execute(db)
      await sql`create role stranger in role message_store`.execute(db)
      const refused = db.transaction().execute(async (trx) => {
        await sql`set local role stranger`.execute(trx)
        await upgradeMessageStore(trx)
      })
      await expect(refused).rejects.toMatchObject({
        code: 'INSTALLATION_PERMISSION',
        command: 'GRANT postgres TO stranger;',
      })
      expect(await installedVersion(db)).toBe('1.2.6')
      await sql`drop role stranger`.execute(db)
    })

    test('does without role message_store where there is none', async ({ db }) => {
      await installOld(db, '1.2.6')
      const undone = db.transaction().execute(async (trx) => {
        await sql`alter role message_store rename to message_store_elsewhere`.execute(trx)
        expect(await upgradeMessageStore(trx)).toMatchObject({ upgraded: true })
        throw new Error('undo')
      })
      await expect(undone).rejects.toThrow('undo')
    })
  })
}

/** What needs two connections at once. */
export function concurrentUpgradeContract(test: MessageStoreTest): void {
  test('two processes may upgrade at once', async ({ db, database }) => {
    await installOld(db, '1.1.6')
    const outcomes = await Promise.all([
      upgradeMessageStore(db),
      upgradeMessageStore(database.connect()),
    ])
    expect(outcomes.filter(({ upgraded }) => upgraded)).toHaveLength(1)
  })
}
