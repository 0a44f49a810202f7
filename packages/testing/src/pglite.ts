import type { PGlite } from '@electric-sql/pglite'
import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import { Kysely, PGliteDialect } from 'kysely'
import { importPeer } from './import-peer.ts'
import { OpenDatabases } from './open-databases.ts'
import { preparedDirectory } from './pglite/prepared-directory.ts'
import type { TestDatabase, TestServer } from './test-database.ts'

/**
 * Starts PGlite: PostgreSQL inside this process, with Message DB installed.
 *
 * The first start on a machine prepares a data directory and keeps it in the temporary folder;
 * every store after that takes a fraction of a second. A database is a PGlite of its own, in
 * memory, with a single connection: never hold a transaction while other code uses the outer `db`.
 *
 * @example
 * ```ts
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * await using database = await server.createDatabase()
 * await database.store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * console.log(await database.store.getStreamMessages('airport-SEA'))
 * ```
 *
 * @returns a server whose `createDatabase` gives a fresh store.
 * @throws {MissingPeerError} when `@electric-sql/pglite` is not installed.
 */
export async function startPGlite(): Promise<TestServer> {
  const { PGlite } = await importPeer(
    '@electric-sql/pglite',
    async () => import('@electric-sql/pglite'),
  )
  const prepared = await preparedDirectory(PGlite)
  const open = new OpenDatabases()

  const stop = async (): Promise<void> => {
    await open.closeAll()
  }
  return {
    backend: 'pglite',
    async createDatabase<DB = MessageStoreDatabase>() {
      open.assertRunning()
      const database = toTestDatabase<DB>(await PGlite.create({ loadDataDir: prepared }), open)
      open.add(database)
      return database
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

function toTestDatabase<DB>(pglite: PGlite, open: OpenDatabases): TestDatabase<DB> {
  const db = new Kysely<DB>({ dialect: new PGliteDialect({ pglite }) })
  const close = async (): Promise<void> => {
    open.remove(database)
    if (!pglite.closed) await db.destroy()
    // Kysely opens its driver at the first query; without one, nothing closed PGlite.
    if (!pglite.closed) await pglite.close()
  }
  const database: TestDatabase<DB> = {
    backend: 'pglite',
    db,
    store: createMessageStore(db),
    connectionString: undefined,
    connect: () => db,
    close,
    [Symbol.asyncDispose]: close,
  }
  return database
}
