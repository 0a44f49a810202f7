import { Kysely, PostgresDialect } from 'kysely'
import { InvalidSettingError, ServerUnusableError } from './errors.ts'
import { importPeer } from './import-peer.ts'
import { databaseOf, isAddress, withoutPassword } from './postgres/address.ts'
import { connectTo } from './postgres/connect.ts'
import { explainRefusal, refusal } from './postgres/refusal.ts'
import { postgresServer } from './postgres/postgres-server.ts'
import { sweepDatabases } from './postgres/sweep.ts'
import type { Prepare } from './prepare.ts'
import type { TestServer } from './test-database.ts'

/** Which server {@link usePostgresServer} uses. */
export interface UrlOptions {
  /**
   * `postgres://user:password@host:port/database`. The user must be allowed to create databases; the
   * database named, `postgres` when there is none, is only connected to, and nothing in it changes.
   */
  readonly url: string
  /** Fills the database that every one is a copy of, once: your tables. Default is Message DB alone. */
  readonly prepare?: Prepare | undefined
}

/**
 * Makes tests' databases on a PostgreSQL server that runs already, version 12 or newer.
 *
 * Their names begin with `mdb_test_`; they are dropped when the server is stopped. Those of a run
 * that was killed are dropped by the next one: each run keeps a session open that says it is alive.
 * What stays is role `message_store`, when Message DB's installation was the first to need it.
 *
 * @example
 * ```ts
 * import { startEmbeddedPostgres } from '@mdb/testing/embedded'
 * import { usePostgresServer } from '@mdb/testing/url'
 *
 * await using running = await startEmbeddedPostgres() // any server will do
 * const url = `postgres://postgres:${running.password}@127.0.0.1:${running.port}`
 *
 * await using server = await usePostgresServer({ url })
 * await using database = await server.createDatabase()
 * await database.store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * ```
 *
 * @returns a server; `stop` drops its databases and leaves the server running.
 * @throws {MissingPeerError} when `pg` is not installed.
 * @throws {InvalidSettingError} when the URL is not one of a PostgreSQL server.
 * @throws {ServerUnusableError} when the server cannot be reached, is too old, or the user may not
 *   create databases.
 */
export async function usePostgresServer({ url, prepare }: UrlOptions): Promise<TestServer> {
  const { default: pg } = await importPeer('pg', async () => import('pg'))
  if (!isAddress(url)) {
    // The value is not repeated: it may hold a password.
    throw new InvalidSettingError(
      'The URL of the server',
      '…',
      'postgres://user:password@host/database',
    )
  }
  const admin = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: connectTo(pg.Pool, url)(databaseOf(url), { max: 1 }) }),
  })
  try {
    const reason = await refusal(admin)
    if (reason !== undefined) throw new ServerUnusableError(withoutPassword(url), reason)
    await sweepDatabases(admin)
    return await postgresServer(pg, { backend: 'url', address: url, prepare })
  } catch (error) {
    throw explainRefusal(error, withoutPassword(url))
  } finally {
    await admin.destroy()
  }
}
