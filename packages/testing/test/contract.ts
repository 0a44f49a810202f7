import { installedVersion } from '@mdb/core/migration'
import { joinServer, type Prepare, type TestServer } from '@mdb/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const departed = { type: 'FlightDeparted', data: { delay: 12 } }

const airports: Prepare = async (db) => {
  await db.schema.createTable('airport').addColumn('iata', 'text').execute()
  await sql`insert into airport values ('SEA')`.execute(db)
}

/** What every adapter of the port {@link TestServer} holds. */
export function testServerContract(
  name: string,
  start: (options: { readonly prepare?: Prepare }) => Promise<TestServer>,
): void {
  describe(`a test server: ${name}`, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start({ prepare: airports })
      await using database = await server.createDatabase()
      const { rows } = await sql<{ version: string }>`
        select current_setting('server_version') as version
      `.execute(database.db)
      console.log(`contract of a test server: ${name} runs, PostgreSQL ${rows[0]?.version}`)
    })
    afterAll(async () => server.stop())

    test('a fresh store is empty, and has Message DB', async () => {
      await using database = await server.createDatabase()
      expect(await installedVersion(database.db)).toBe('1.3.0')
      const { count } = await database.db
        .selectFrom('message_store.messages')
        .select(({ fn }) => fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
      // As every driver gives a bigint, so that a test may change its backend.
      expect(count).toBe('0')
    })

    test('global positions begin at 1 in every store', async () => {
      for (let round = 0; round < 2; round++) {
        await using database = await server.createDatabase()
        await database.store.writeMessage('airport-SEA', departed)
        const [message] = await database.store.getStreamMessages('airport-SEA')
        expect(message).toMatchObject({ position: 0n, globalPosition: 1n, data: { delay: 12 } })
      }
    })

    test('two stores never see each other', async () => {
      await using one = await server.createDatabase()
      await using other = await server.createDatabase()
      await one.store.writeMessage('airport-SEA', departed)
      expect(await other.store.streamVersion('airport-SEA')).toBeUndefined()
    })

    test('every store has what was prepared, and changes its own copy alone', async () => {
      for (let round = 0; round < 2; round++) {
        await using database = await server.createDatabase()
        const { rows } = await sql`select iata from airport`.execute(database.db)
        expect(rows).toEqual([{ iata: 'SEA' }])
        await sql`delete from airport`.execute(database.db)
      }
    })

    test('another connection sees the same store', async () => {
      await using database = await server.createDatabase()
      await database.store.writeMessage('airport-SEA', departed)
      expect(await database.store.using(database.connect()).streamVersion('airport-SEA')).toBe(0n)
    })

    test('a connection that is not given back fails the close, which is done nevertheless', async () => {
      const database = await server.createDatabase()
      const trx = await database.db.startTransaction().execute()
      await sql`select 'held' as what`.execute(trx)
      const closing = database.close()
      await expect(closing).rejects.toMatchObject({
        code: 'LEAKED_CONNECTION',
        connections: [{ applicationName: 'mdb-testing', query: "select 'held' as what" }],
      })
      await expect(closing).rejects.toThrow(/mdb-testing.*in (?:use|transaction).*'held'/)
      await expect(sql`select 1`.execute(trx)).rejects.toThrow()
    })

    test('a connection that is held since it was watched is named and cut off, and only that', async () => {
      await using database = await server.createDatabase()
      const look = database.watchConnections()
      await look()
      const trx = await database.db.startTransaction().execute()
      await sql`select 'held' as what`.execute(trx)
      const looking = look()
      await expect(looking).rejects.toMatchObject({
        code: 'LEAKED_CONNECTION',
        connections: [{ applicationName: 'mdb-testing', query: "select 'held' as what" }],
      })
      await expect(looking).rejects.toThrow('1 connection was still open when a test ended')
      // Nobody waits for it, and what it did not commit is gone.
      await database.db.transaction().execute(async (next) => {
        await expect(sql`select 1`.execute(trx)).rejects.toThrow()
        await trx
          .rollback()
          .execute()
          .catch(() => undefined)
        await database.store.using(next).writeMessage('airport-SEA', departed)
      })
      expect(await database.store.streamVersion('airport-SEA')).toBe(0n)
      await look()
    })

    test('one that was held before, or is given back in time, is none to who watches', async () => {
      await using database = await server.createDatabase()
      const before = await database.db.startTransaction().execute()
      const look = database.watchConnections()
      await look()
      await before.rollback().execute()
      const during = await database.db.startTransaction().execute()
      const looking = look()
      await during.rollback().execute()
      await expect(looking).resolves.toBeUndefined()
    })

    test('places in a pool are given to others when they are cut off', async () => {
      await using database = await server.createDatabase()
      const db = database.connect({ max: 1 })
      const look = database.watchConnections()
      await db.startTransaction().execute()
      await expect(look()).rejects.toMatchObject({ code: 'LEAKED_CONNECTION' })
      await sql`select 1`.execute(db)
    })

    test("with leaks: 'cut' it is cut off without a word", async () => {
      const database = await server.createDatabase({ leaks: 'cut' })
      const trx = await database.db.startTransaction().execute()
      await sql`select 1`.execute(trx)
      await expect(database.close()).resolves.toBeUndefined()
      await expect(sql`select 1`.execute(trx)).rejects.toThrow()
    })

    test('one that is given back at the last moment is none', async () => {
      const database = await server.createDatabase()
      const trx = await database.db.startTransaction().execute()
      await sql`select 1`.execute(trx)
      const closing = database.close()
      await trx.rollback().execute()
      await expect(closing).resolves.toBeUndefined()
    })

    test('who joins it has stores too, with what was prepared, and more', async () => {
      const prepare: Prepare = async (db) => void (await sql`create table gate ()`.execute(db))
      await using joined = await joinServer(server.address, { prepare })
      await using database = await joined.createDatabase()
      expect(await database.store.messageStoreVersion()).toBe('1.3.0')
      await sql`select from gate`.execute(database.db)
      await using other = await server.createDatabase()
      await expect(sql`select from gate`.execute(other.db)).rejects.toThrow()
    })

    test('closing twice is as closing once', async () => {
      const database = await server.createDatabase()
      await sql`select 1`.execute(database.db)
      await database.close()
      await database.close()
      await expect(sql`select 1`.execute(database.db)).rejects.toThrow()
    })

    test('a store that was never queried can be closed', async () => {
      const database = await server.createDatabase()
      await expect(database.close()).resolves.toBeUndefined()
    })

    test('stopping closes what is open; after it there are no more stores', async () => {
      const own = await start({})
      const database = await own.createDatabase()
      await sql`select 1`.execute(database.db)
      await own.stop()
      await own.stop()
      await expect(sql`select 1`.execute(database.db)).rejects.toThrow()
      await expect(own.createDatabase()).rejects.toMatchObject({ code: 'SERVER_STOPPED' })
    })
  })
}
