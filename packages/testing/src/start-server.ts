import { startEmbeddedPostgres, type EmbeddedOptions } from './embedded.ts'
import { InvalidSettingError } from './errors.ts'
import { importPeer } from './import-peer.ts'
import { startPGlite } from './pglite.ts'
import { postgresServer } from './postgres/postgres-server.ts'
import type { Prepare } from './prepare.ts'
import { BACKENDS, readSettings } from './settings.ts'
import type { Backend, ServerAddress, TestServer } from './test-database.ts'
import { startPostgresContainer } from './testcontainers.ts'
import type { ContainerOptions } from './testcontainers/options.ts'
import { usePostgresServer } from './url.ts'

/** What {@link startServer} starts. Settings of a backend count only where it is the one started. */
export interface ServerOptions {
  /** What to run on. Default is the environment's `MDB_TEST_BACKEND`, and without it `'pglite'`. */
  readonly backend?: Backend | undefined
  /** Fills the database that every one is a copy of, once: your tables. Default is Message DB alone. */
  readonly prepare?: Prepare | undefined
  /** Default of `major` is the environment's `MDB_TEST_MAJOR`. */
  readonly embedded?: Omit<EmbeddedOptions, 'prepare'> | undefined
  /** Default of `image` is the environment's `MDB_TEST_IMAGE`. */
  readonly testcontainers?: Omit<ContainerOptions, 'prepare'> | undefined
  /** The server's URL, for the backend `'url'`. Default is the environment's `MDB_TEST_URL`. */
  readonly url?: string | undefined
}

/**
 * Starts a test server of any backend, so that one option, or one variable of the environment, moves
 * a project's tests from one to another.
 *
 * `MDB_TEST_BACKEND` is `pglite`, `embedded`, `testcontainers` or `url`; the last one is also meant
 * when `MDB_TEST_URL` is set alone. An option given here is stronger than the environment.
 *
 * @example
 * ```ts
 * import { startServer } from '@mdb/testing'
 *
 * await using server = await startServer({ backend: 'pglite' })
 * await using database = await server.createDatabase()
 * console.log(await database.store.streamVersion('airport-SEA')) // undefined
 * ```
 *
 * @returns the server, started.
 * @throws {InvalidSettingError} when the environment names no backend that there is, or no URL.
 * @throws whatever the backend's own function throws: `MissingPeerError`, `ServerStartError`, …
 */
export async function startServer(options: ServerOptions = {}): Promise<TestServer> {
  const settings = readSettings(process.env)
  const backend = options.backend ?? settings.backend ?? 'pglite'
  const { prepare } = options
  switch (backend) {
    case 'pglite':
      return startPGlite({ prepare })
    case 'embedded':
      return startEmbeddedPostgres({ major: settings.major, ...options.embedded, prepare })
    case 'testcontainers':
      return startPostgresContainer({ image: settings.image, ...options.testcontainers, prepare })
    case 'url':
      return usePostgresServer({ url: options.url ?? settings.url ?? missingUrl(), prepare })
    default:
      throw new InvalidSettingError('backend', backend satisfies never, BACKENDS.join(', '))
  }
}

function missingUrl(): never {
  throw new InvalidSettingError('MDB_TEST_URL', undefined, 'the URL of a server, or give `url`')
}

/** What {@link joinServer} takes besides the address. */
export interface JoinOptions {
  /** Fills the database that every one made here is a copy of, once. Default is the server's own. */
  readonly prepare?: Prepare | undefined
}

/**
 * Makes databases on a server that another process of the run has started: one server for a whole
 * run of parallel workers. Of PGlite, which cannot be shared, each process has its own.
 *
 * @example
 * ```ts
 * import { joinServer, startServer } from '@mdb/testing'
 *
 * await using server = await startServer()
 * const address = JSON.stringify(server.address) // to the other process
 *
 * await using joined = await joinServer(JSON.parse(address))
 * await using database = await joined.createDatabase()
 * console.log(await database.store.messageStoreVersion()) // 1.3.0
 * ```
 *
 * @param address what `server.address` was in the process that started it.
 * @returns a server; `stop` drops the databases made here and leaves the rest to its starter.
 * @throws {MissingPeerError} when `pg` or `@electric-sql/pglite` is not installed.
 */
export async function joinServer(
  address: ServerAddress,
  { prepare }: JoinOptions = {},
): Promise<TestServer> {
  if (address.backend === 'pglite') return startPGlite({ prepare })
  const { backend, connectionString, template, run } = address
  const { default: pg } = await importPeer('pg', async () => import('pg'))
  return postgresServer(pg, {
    backend,
    address: connectionString,
    run,
    template,
    prepare,
  })
}
