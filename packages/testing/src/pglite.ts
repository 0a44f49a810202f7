import type { MessageStoreDatabase } from '@mdb/core'
import { importPeer } from './import-peer.ts'
import { OpenDatabases } from './open-databases.ts'
import { pgliteDatabase } from './pglite/pglite-database.ts'
import { preparedDirectory } from './pglite/prepared-directory.ts'
import type { Prepare } from './prepare.ts'
import type { DatabaseOptions, TestDatabase, TestServer } from './test-database.ts'

/** How {@link startPGlite} makes its databases. */
export interface PGliteOptions {
  /** Fills the database that every one is a copy of, once: your tables. Default is Message DB alone. */
  readonly prepare?: Prepare | undefined
}

// PGlite makes a number of a `bigint` that is small. `pg` makes a text of each: a test sees the same on both.
const LIKE_PG = { 20: (text: string): string => text }

/**
 * Starts PGlite: PostgreSQL inside this process, with Message DB installed.
 *
 * The first start on a machine prepares a data directory and keeps it in the temporary folder;
 * every store after that takes a fraction of a second. A database is a PGlite of its own, in
 * memory, with a single connection: never hold a transaction while other code uses the outer `db`.
 * A `bigint` comes as a text, as from `pg`: `count(*)` too.
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
export async function startPGlite(options: PGliteOptions = {}): Promise<TestServer> {
  const { PGlite } = await importPeer(
    '@electric-sql/pglite',
    async () => import('@electric-sql/pglite'),
  )
  const prepared = await preparedDirectory(PGlite, options.prepare)
  const open = new OpenDatabases()
  const stop = async (): Promise<void> => open.stop()
  return {
    backend: 'pglite',
    address: { backend: 'pglite' },
    async createDatabase<DB = MessageStoreDatabase>({ leaks = 'fail' }: DatabaseOptions = {}) {
      open.assertRunning()
      const pglite = await PGlite.create({ loadDataDir: prepared, parsers: LIKE_PG })
      const database: TestDatabase<DB> = pgliteDatabase<DB>(pglite, {
        leaks,
        onClose: () => open.remove(database),
      })
      open.add(database)
      return database
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
