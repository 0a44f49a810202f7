import { Kysely, PostgresDialect } from 'kysely'
import type { MessageStoreDatabase } from '@mdb/core'
import { BackgroundTasks } from '../background-tasks.ts'
import { Cleanups } from '../cleanups.ts'
import { OpenDatabases } from '../open-databases.ts'
import type { Prepare } from '../prepare.ts'
import type { Backend, DatabaseOptions, TestDatabase, TestServer } from '../test-database.ts'
import { databaseOf, onDatabase } from './address.ts'
import { connectTo, type PoolClass } from './connect.ts'
import { connectionsTo, leakedConnections } from './leaks.ts'
import { databaseName, newRun, templateName } from './names.ts'
import { postgresDatabase } from './postgres-database.ts'
import { keepRun, type ClientClass } from './run-keeper.ts'
import { terminateSession } from './terminate-session.ts'
import { dropRun } from './sweep.ts'
import { cloneDatabase, dropDatabase, makeTemplate } from './template.ts'

interface PostgresServerOptions {
  readonly backend: Exclude<Backend, 'pglite'>
  /** Where the server is. The database it names is only connected to for `create database`. */
  readonly address: string
  /** The run that is joined: another process keeps it alive. Default is a new one, kept here. */
  readonly run?: string | undefined
  /** The database that is cloned. Default is one made here. */
  readonly template?: string | undefined
  readonly prepare?: Prepare | undefined
  /** Ends what the server stands on, after its databases are dropped. Default is nothing. */
  readonly end?: (() => Promise<void>) | undefined
}

export interface PostgresServer extends TestServer {
  /** @throws {ServerStoppedError} */
  assertRunning(): void
  /** Waits until nothing is done in the background. */
  settled(): Promise<void>
}

/** What is used of the module `pg`. */
interface PgClasses {
  readonly Pool: PoolClass
  readonly Client: ClientClass
}

/** The part of a test server that is the same on every PostgreSQL: databases, cloned and dropped. */
export async function postgresServer(
  { Pool, Client }: PgClasses,
  { backend, address, prepare, end, ...options }: PostgresServerOptions,
): Promise<PostgresServer> {
  const connect = connectTo(Pool, address)
  const admin = new Kysely<unknown>({
    dialect: new PostgresDialect({ pool: connect(databaseOf(address), { max: 3 }) }),
  })
  const run = options.run ?? newRun()
  const open = new OpenDatabases()
  const makesTemplate = options.template === undefined || prepare !== undefined
  const template = makesTemplate ? templateName(run) : (options.template ?? '')
  const started = new Cleanups()
  started.defer(async () => end?.())
  started.defer(async () => admin.destroy())
  const dropping = new BackgroundTasks()
  const stop = async (): Promise<void> =>
    open.stop(
      async () => dropping.finished(),
      async () => started[Symbol.asyncDispose](),
    )

  try {
    if (options.run === undefined) {
      started.use(await keepRun(Client, onDatabase(address, databaseOf(address)), run))
      started.defer(async () => dropRun(admin, run))
    }
    if (makesTemplate) {
      started.defer(async () => dropDatabase(admin, template))
      await makeTemplate(admin, connect, { name: template, from: options.template, prepare })
    }
  } catch (error) {
    await stop()
    throw error
  }

  return {
    backend,
    address: { backend, connectionString: address, template, run },
    async createDatabase<DB = MessageStoreDatabase>({ leaks = 'fail' }: DatabaseOptions = {}) {
      open.assertRunning()
      const name = databaseName(run)
      await cloneDatabase(admin, name, template)
      const database: TestDatabase<DB> = postgresDatabase<DB>({
        backend,
        name,
        connectionString: onDatabase(address, name),
        connect,
        leaks,
        findLeaks: async () => leakedConnections(admin, name),
        connections: async () => connectionsTo(admin, name),
        terminate: async (pid) => terminateSession(admin, pid),
        async drop() {
          open.remove(database)
          await dropDatabase(admin, name)
        },
        dropLater() {
          open.remove(database)
          dropping.add(dropDatabase(admin, name))
        },
      })
      open.add(database)
      return database
    },
    assertRunning: () => open.assertRunning(),
    settled: async () => dropping.finished(),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}
