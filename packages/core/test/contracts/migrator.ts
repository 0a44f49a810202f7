import { type Kysely, sql } from 'kysely'
import { type MigrationProvider, Migrator, NO_MIGRATIONS } from 'kysely/migration'
import { describe, expect } from 'vitest'
import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import { installedVersion, mergeMigrations, messageStoreMigrations } from '@mdb/core/migration'
import type { MessageStoreTest } from '../support.ts'
import { dropStore, fingerprint, installOld } from '../support/installations.ts'

type DB = MessageStoreDatabase

const NAME = 'mdb-0001-message-store'

const migratorOf = (db: Kysely<DB>, ...mine: MigrationProvider[]): Migrator =>
  new Migrator({ db, provider: mergeMigrations(messageStoreMigrations(), ...mine) })

const providerOf = (
  migrations: Awaited<ReturnType<MigrationProvider['getMigrations']>>,
): MigrationProvider => ({ getMigrations: async () => migrations })

const ran = [{ migrationName: NAME, direction: 'Up', status: 'Success' }]
const undone = [{ migrationName: NAME, direction: 'Down', status: 'Success' }]

export function migratorContract(test: MessageStoreTest): void {
  describe("Kysely's Migrator", () => {
    test('installs, runs again without effect, and takes an empty store down', async ({ db }) => {
      const fresh = await fingerprint(db)
      await dropStore(db)
      expect(await migratorOf(db).migrateToLatest()).toEqual({ results: ran })
      expect(await fingerprint(db)).toEqual(fresh)
      expect(await migratorOf(db).migrateToLatest()).toEqual({ results: [] })
      expect(await migratorOf(db).migrateTo(NO_MIGRATIONS)).toEqual({ results: undone })
      expect(await installedVersion(db)).toBeUndefined()
      const { rows } = await sql`select to_regnamespace('message_store') as left`.execute(db)
      expect(rows).toEqual([{ left: null }])
      expect(await migratorOf(db).migrateToLatest()).toEqual({ results: ran })
    })

    test('leaves a store that was installed before as it is', async ({ db, store }) => {
      await store.writeMessage('x-1', { type: 'A', data: 1 })
      const before = await fingerprint(db)
      expect(await migratorOf(db).migrateToLatest()).toEqual({ results: ran })
      expect(await fingerprint(db)).toEqual(before)
      expect(await store.streamVersion('x-1')).toBe(0n)
    })

    test('upgrades an older store', async ({ db, store }) => {
      await installOld(db, '1.2.6')
      await store.writeMessage('x-1', { type: 'A', data: 1 })
      expect(await migratorOf(db).migrateToLatest()).toEqual({ results: ran })
      expect(await installedVersion(db)).toBe('1.3.0')
      expect(await store.streamVersion('x-1')).toBe(0n)
    })

    test('drops no message: going down fails, and is not recorded', async ({ db, store }) => {
      await migratorOf(db).migrateToLatest()
      await store.writeMessage('x-1', { type: 'A', data: 1 })
      const down = await migratorOf(db).migrateDown()
      expect(down.results).toEqual([{ migrationName: NAME, direction: 'Down', status: 'Error' }])
      expect(down.error).toMatchObject({ code: 'MESSAGE_STORE_NOT_EMPTY' })
      expect(await store.getStreamMessages('x-1')).toHaveLength(1)
      const [migration] = await migratorOf(db).getMigrations()
      expect(migration?.executedAt).toBeInstanceOf(Date)
    })

    test('drops nothing of others: a view on the messages, a table in the schema', async ({
      db,
    }) => {
      await migratorOf(db).migrateToLatest()
      await sql`create view public.mine as select type from message_store.messages`.execute(db)
      expect((await migratorOf(db).migrateDown()).error).toMatchObject({ code: '2BP01' })
      await sql`drop view public.mine`.execute(db)
      await sql`create table message_store.mine (a int)`.execute(db)
      expect(await migratorOf(db).migrateDown()).toEqual({ results: undone })
      const { rows } = await sql`select to_regclass('message_store.mine')::text as left`.execute(db)
      expect(rows).toEqual([{ left: 'message_store.mine' }])
    })

    test("runs beside the user's own, and a failure of theirs rolls all back", async ({ db }) => {
      await dropStore(db)
      const mine = providerOf({
        'mdb-0001a-mine': {
          up: async (trx) => {
            await createMessageStore(trx).writeMessage('x-1', { type: 'A', data: 1 })
            throw new Error('mine failed')
          },
        },
      })
      const failed = await migratorOf(db, mine).migrateToLatest()
      expect(failed.error).toMatchObject({ message: 'mine failed' })
      expect(failed.results?.map(({ status }) => status)).toEqual(['Success', 'Error'])
      expect(await installedVersion(db)).toBeUndefined()
      const all = await migratorOf(db, mine).getMigrations()
      expect(all.map(({ executedAt }) => executedAt)).toEqual([undefined, undefined])
    })

    test('gets an error of ours as its result', async ({ db }) => {
      await sql`drop function message_store.message_store_version()`.execute(db)
      const { error, results } = await migratorOf(db).migrateToLatest()
      expect(error).toMatchObject({ code: 'MESSAGE_STORE_INCOMPLETE' })
      expect(results).toEqual([{ migrationName: NAME, direction: 'Up', status: 'Error' }])
    })

    test('runs it without a transaction too', async ({ db }) => {
      await dropStore(db)
      const migrator = migratorOf(db)
      expect(await migrator.migrateToLatest({ disableTransactions: true })).toEqual({
        results: ran,
      })
      expect(await migrator.migrateDown({ disableTransactions: true })).toEqual({
        results: undone,
      })
    })

    test('comes after migrations that ran before it, by its prefix', async ({ db }) => {
      await dropStore(db)
      const first = providerOf({ '2026-01-01-first': { up: async () => {} } })
      const last = providerOf({ '2026-03-01-last': { up: async () => {} } })
      await new Migrator({ db, provider: first }).migrateToLatest()
      const ours = messageStoreMigrations({ prefix: '2026-02-01-' })
      const { results } = await new Migrator({
        db,
        provider: mergeMigrations(last, ours, first),
      }).migrateToLatest()
      expect(results?.map(({ migrationName }) => migrationName)).toEqual([
        `2026-02-01-${NAME}`,
        '2026-03-01-last',
      ])
    })
  })

  test('mergeMigrations refuses two of one name', async ({ db }) => {
    const mine = providerOf({ [NAME]: { up: async () => {} } })
    const { error } = await migratorOf(db, mine).migrateToLatest()
    expect(error).toMatchObject({ code: 'DUPLICATE_MIGRATION', migrationName: NAME })
  })
}

/** What needs two connections at once. */
export function concurrentMigratorContract(test: MessageStoreTest): void {
  test('two migrators at once install one store', async ({ db, database }) => {
    await dropStore(db)
    const outcomes = await Promise.all(
      [db, database.connect()].map(async (each) => migratorOf(each).migrateToLatest()),
    )
    expect(outcomes.map(({ error }) => error)).toEqual([undefined, undefined])
    expect(outcomes.flatMap(({ results }) => results)).toEqual(ran)
    expect(await installedVersion(db)).toBe('1.3.0')
  })
}
