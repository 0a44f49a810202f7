import { type Kysely, sql } from 'kysely'
import { Migrator } from 'kysely/migration'
import { describe, expect, vi } from 'vitest'
import type { MessageStore, MessageStoreDatabase } from '@mdb/core'
import {
  type ConsumerGroupIndex,
  consumerGroupIndexMigration,
  createConsumerGroupIndex,
  dropConsumerGroupIndex,
  findConsumerGroupIndexes,
  messageStoreMigrations,
} from '@mdb/core/migration'
import type { MessageStoreTest } from '../support.ts'
import { dropStore, fingerprint } from '../support/installations.ts'

type DB = MessageStoreDatabase

const NAME = 'mdb_consumer_group_4'
const valid = { name: NAME, size: 4, state: 'valid', bytes: expect.any(BigInt) }

async function writeSome(store: MessageStore<DB>): Promise<void> {
  for (const n of Array.from({ length: 40 }).keys()) {
    await store.writeMessage(`x-${n}`, { type: 'A', data: { n } })
  }
  await store.writeMessage('x', { type: 'without an id', data: {} })
}

async function membersOf(store: MessageStore<DB>, size: number): Promise<string[][]> {
  const members = Array.from({ length: size }).keys()
  return Promise.all(
    Array.from(members, async (member) => {
      const page = await store.getCategoryMessages('x', { consumerGroup: { member, size } })
      return page.map(({ streamName }) => streamName)
    }),
  )
}

export function consumerGroupIndexContract(test: MessageStoreTest): void {
  describe('createConsumerGroupIndex', () => {
    test('makes it once, and a drop leaves the store as it was', async ({ db, store }) => {
      await writeSome(store)
      const before = await fingerprint(db)
      const members = await membersOf(store, 4)
      expect(await createConsumerGroupIndex(db, { size: 4 })).toEqual({
        name: NAME,
        outcome: 'created',
      })
      expect(await findConsumerGroupIndexes(db)).toEqual([valid])
      expect(await createConsumerGroupIndex(db, { size: 4 })).toEqual({
        name: NAME,
        outcome: 'existing',
      })
      expect(await membersOf(store, 4)).toEqual(members)
      await store.writeMessage('x-40', { type: 'A', data: {} })
      expect((await membersOf(store, 4)).flat()).toHaveLength(41)

      expect(await dropConsumerGroupIndex(db, { size: 4 })).toEqual([NAME])
      expect(await dropConsumerGroupIndex(db, { size: 4 })).toEqual([])
      expect(await fingerprint(db)).toEqual(before)
      const { rows } = await sql`select proconfig from pg_proc where proname = 'cardinal_id'
        and pronamespace = 'message_store'::regnamespace`.execute(db)
      expect(rows).toEqual([{ proconfig: null }])
    })

    test('keeps an index for each size', async ({ db, store }) => {
      await writeSome(store)
      for (const size of [16, 1, 32_767]) {
        expect(await createConsumerGroupIndex(db, { size })).toMatchObject({ outcome: 'created' })
      }
      const sizes = (await findConsumerGroupIndexes(db)).map(({ size }) => size)
      expect(sizes).toEqual([1, 16, 32_767])
      await dropConsumerGroupIndex(db, { size: 16 })
      await store.writeMessage('x-41', { type: 'A', data: {} })
      expect((await findConsumerGroupIndexes(db)).map(({ size }) => size)).toEqual([1, 32_767])
    })

    test('recognises one that was made by hand, and none that is like it', async ({ db }) => {
      await createConsumerGroupIndex(db, { size: 8 })
      const by = (columns: string) =>
        sql`create index on message_store.messages (${sql.raw(columns)})`.execute(db)
      const category = 'message_store.category(stream_name)'
      const member =
        'mod(@ message_store.hash_64(message_store.cardinal_id(stream_name)), 4::bigint)'
      await by(`${category}, global_position`)
      await by(`${member}, global_position`)
      await by(`${category}, ${member}, position`)
      await by(`${category}, ${member.replace('cardinal_id', 'id')}, global_position`)
      await by(`${category}, ${member}, global_position) where (type = 'A'`)
      expect(await findConsumerGroupIndexes(db)).toHaveLength(1)
      await sql`set search_path to message_store, public`.execute(db)
      await sql`create index by_hand on message_store.messages
        (${sql.raw(`${category}, ${member}, global_position`)})`.execute(db)
      await sql`set search_path to default`.execute(db)
      expect(await createConsumerGroupIndex(db, { size: 4 })).toEqual({
        name: 'by_hand',
        outcome: 'existing',
      })
      expect(await dropConsumerGroupIndex(db, { size: 4 })).toEqual(['by_hand'])
    })

    test('lets the server analyze the table, and insert, whatever the search_path', async ({
      db,
      store,
    }) => {
      await writeSome(store)
      await createConsumerGroupIndex(db, { size: 4 })
      await sql`analyze message_store.messages`.execute(db)
      await sql`reindex index message_store.mdb_consumer_group_4`.execute(db)
      await sql`insert into message_store.messages (stream_name, position, type)
        values ('y-1', 0, 'A')`.execute(db)
    })

    test('in a transaction is refused, or blocks writes when asked to', async ({ db, store }) => {
      await writeSome(store)
      await db.transaction().execute(async (trx) => {
        for (const call of [createConsumerGroupIndex, dropConsumerGroupIndex]) {
          await expect(call(trx, { size: 4 })).rejects.toMatchObject({
            code: 'CONCURRENTLY_IN_TRANSACTION',
            message: expect.stringContaining(call.name),
          })
        }
        const options = { size: 4, concurrently: false }
        expect(await createConsumerGroupIndex(trx, options)).toMatchObject({ outcome: 'created' })
        expect(await createConsumerGroupIndex(trx, options)).toMatchObject({ outcome: 'existing' })
        expect(await dropConsumerGroupIndex(trx, options)).toEqual([NAME])
        expect(await createConsumerGroupIndex(trx, options)).toMatchObject({ outcome: 'created' })
      })
      expect(await findConsumerGroupIndexes(db)).toEqual([valid])
    })

    test('builds an invalid leftover again', async ({ db }) => {
      await createConsumerGroupIndex(db, { size: 4 })
      await sql`update pg_index set indisvalid = false
        where indexrelid = 'message_store.mdb_consumer_group_4'::regclass`.execute(db)
      expect(await findConsumerGroupIndexes(db)).toEqual([{ ...valid, state: 'invalid' }])
      expect(await createConsumerGroupIndex(db, { size: 4 })).toEqual({
        name: NAME,
        outcome: 'rebuilt',
      })
      expect(await findConsumerGroupIndexes(db)).toEqual([valid])
    })

    test.for([0, -1, 1.5, 32_768, Number.NaN, '4; drop table x', undefined])(
      'refuses a group of %j',
      async (size, { db }) => {
        const options = { size: size as number }
        const refused = { code: 'INVALID_CONSUMER_GROUP' }
        await expect(createConsumerGroupIndex(db, options)).rejects.toMatchObject(refused)
        await expect(dropConsumerGroupIndex(db, options)).rejects.toMatchObject(refused)
        expect(() => consumerGroupIndexMigration(options)).toThrow(/Consumer group/)
      },
    )

    test('asks for a store', async ({ db }) => {
      await dropStore(db)
      expect(await findConsumerGroupIndexes(db)).toEqual([])
      await expect(createConsumerGroupIndex(db, { size: 4 })).rejects.toMatchObject({
        code: 'MESSAGE_STORE_NOT_INSTALLED',
      })
    })

    test('is for the owner', async ({ db }) => {
      await sql`drop role if exists stranger`.execute(db)
      await sql`create role stranger in role message_store`.execute(db)
      await db.transaction().execute(async (trx) => {
        await sql`set local role stranger`.execute(trx)
        await expect(
          createConsumerGroupIndex(trx, { size: 4, concurrently: false }),
        ).rejects.toMatchObject({
          code: 'INSTALLATION_PERMISSION',
          command: 'GRANT postgres TO stranger;',
        })
      })
      await sql`drop role stranger`.execute(db)
    })
  })

  test.for([false, true])(
    'is made and dropped by a migration, disableTransactions: %j',
    async (disableTransactions, { db }) => {
      const provider = messageStoreMigrations({ consumerGroupSizes: [16, 4] })
      const migrator = new Migrator({ db, provider, disableTransactions })
      const { results } = await migrator.migrateToLatest()
      expect(results?.map(({ migrationName, status }) => [migrationName, status])).toEqual([
        ['mdb-0001-message-store', 'Success'],
        ['mdb-0002-consumer-group-00004', 'Success'],
        ['mdb-0002-consumer-group-00016', 'Success'],
      ])
      expect(await findConsumerGroupIndexes(db)).toHaveLength(2)
      await migrator.migrateTo('mdb-0002-consumer-group-00004')
      expect(await findConsumerGroupIndexes(db)).toEqual([valid])
    },
  )
}

/** Waits until the index of another session's build is seen in a state. */
const seeState = async (db: Kysely<DB>, state: ConsumerGroupIndex['state']): Promise<void> =>
  vi.waitFor(
    async () => {
      expect(await findConsumerGroupIndexes(db)).toMatchObject([{ name: NAME, state }])
    },
    { interval: 5, timeout: 20_000 },
  )

/** What needs several connections at once. */
export function concurrentIndexContract(test: MessageStoreTest): void {
  describe('createConsumerGroupIndex, by several', () => {
    test('is seen while it is built; cancelled, it leaves what the next call rebuilds', async ({
      db,
      store,
      database,
    }) => {
      await writeSome(store)
      const other = database.connect()
      const writer = await other.startTransaction().execute()
      // A build waits for the writers of the moment.
      await store.using(writer).writeMessage('x-1', { type: 'A', data: {} })
      const building = createConsumerGroupIndex(database.connect(), { size: 4 }).catch(
        (error: unknown) => error,
      )
      await seeState(db, 'building')
      expect(await createConsumerGroupIndex(db, { size: 4 })).toEqual({
        name: NAME,
        outcome: 'building',
      })
      // Whom the server does not tell what others run sees it too.
      await sql`drop role if exists onlooker`.execute(db)
      await sql`create role onlooker login password 'secret' in role message_store`.execute(db)
      const onlooker = database.connect({ user: 'onlooker', password: 'secret' })
      expect(await findConsumerGroupIndexes(onlooker)).toMatchObject([{ state: 'building' }])

      await sql`select pg_cancel_backend(pid) from pg_stat_progress_create_index`.execute(db)
      expect(await building).toMatchObject({ code: '57014' })
      // The server says that it failed before it takes down that it was building.
      await seeState(db, 'invalid')
      await writer.commit().execute()

      expect(await createConsumerGroupIndex(db, { size: 4 })).toMatchObject({ outcome: 'rebuilt' })
      expect(await findConsumerGroupIndexes(db)).toEqual([valid])
      expect((await membersOf(store, 4)).flat()).toHaveLength(41)
    })

    test('all at once make one index', async ({ db, store, database }) => {
      await writeSome(store)
      const all = await Promise.all(
        Array.from({ length: 4 }, async () =>
          createConsumerGroupIndex(database.connect({ max: 2 }), { size: 4 }),
        ),
      )
      expect(all.map(({ name }) => name)).toEqual([NAME, NAME, NAME, NAME])
      expect(all.filter(({ outcome }) => /created|rebuilt/.test(outcome))).not.toEqual([])
      expect(await findConsumerGroupIndexes(db)).toEqual([valid])
    })
  })
}
