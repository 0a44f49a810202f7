import { installedVersion } from '@mdb/core/migration'
import type { TestServer } from '@mdb/testing'
import { sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

const departed = { type: 'FlightDeparted', data: { delay: 12 } }

/** What every adapter of the port {@link TestServer} holds. */
export function testServerContract(name: string, start: () => Promise<TestServer>): void {
  describe(`a test server: ${name}`, () => {
    let server: TestServer
    beforeAll(async () => {
      server = await start()
    })
    afterAll(async () => server.stop())

    test('a fresh store is empty, and has Message DB', async () => {
      await using database = await server.createDatabase()
      expect(await installedVersion(database.db)).toBe('1.3.0')
      const { count } = await database.db
        .selectFrom('message_store.messages')
        .select(({ fn }) => fn.countAll().as('count'))
        .executeTakeFirstOrThrow()
      expect(Number(count)).toBe(0)
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

    test('another connection sees the same store', async () => {
      await using database = await server.createDatabase()
      await database.store.writeMessage('airport-SEA', departed)
      expect(await database.store.using(database.connect()).streamVersion('airport-SEA')).toBe(0n)
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
      const own = await start()
      const database = await own.createDatabase()
      await sql`select 1`.execute(database.db)
      await own.stop()
      await own.stop()
      await expect(sql`select 1`.execute(database.db)).rejects.toThrow()
      await expect(own.createDatabase()).rejects.toMatchObject({ code: 'SERVER_STOPPED' })
    })
  })
}
