import { rm } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { Pool } from 'pg'
import type { Database } from './database.ts'
import { startEmbedded } from './embedded-postgres.ts'
import { lockDirectory } from './lock-directory.ts'
import type { Options } from './options.ts'
import { connectToPGlite } from './pglite-connection.ts'

/** A Kysely like any other, where its data lies, and how to get another connection to the same. */
export type OpenDatabase = AsyncDisposable & {
  readonly db: Kysely<Database>
  /** To tell the reader. */
  readonly location: string
} & (
    | { readonly kind: 'PGlite'; readonly pglite: PGlite }
    | { readonly kind: 'PostgreSQL'; readonly url: string }
  )

/** The database that DATABASE_URL names, or one in the data directory: PGlite, or PostgreSQL. */
export function openDatabase(options: Options): Promise<OpenDatabase> {
  if (options.databaseUrl !== undefined) return openPostgres(options.databaseUrl)
  return options.embedded ? openEmbedded(options) : openPGlite(options)
}

async function openPGlite({ dataDirectory, reset }: Options): Promise<OpenDatabase> {
  const lock = await lockDirectory(dataDirectory)
  if (reset) await rm(dataDirectory, { recursive: true, force: true })
  const pglite = await PGlite.create(dataDirectory)
  return {
    kind: 'PGlite',
    pglite,
    db: connectToPGlite(pglite).db,
    location: dataDirectory,
    [Symbol.asyncDispose]: async () => {
      await pglite.close()
      lock[Symbol.dispose]()
    },
  }
}

async function openEmbedded(options: Options): Promise<OpenDatabase> {
  const server = await startEmbedded(options)
  const opened = await openPostgres(server.url)
  return {
    ...opened,
    location: options.dataDirectory,
    [Symbol.asyncDispose]: async () => {
      await opened[Symbol.asyncDispose]()
      await server[Symbol.asyncDispose]()
    },
  }
}

async function openPostgres(url: string): Promise<OpenDatabase> {
  const { host, pathname } = new URL(url)
  const location = `PostgreSQL at ${host}${pathname}`
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 5_000 })
  // A connection that breaks is replaced at the next use, and who uses it is told by the query;
  // without listeners it would end the process, while idle and while in use.
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  try {
    await sql`select 1`.execute(db)
  } catch (error) {
    await db.destroy()
    throw new Error(`Cannot reach ${location}: ${reasonOf(error)}`, { cause: error })
  }
  return { kind: 'PostgreSQL', url, db, location, [Symbol.asyncDispose]: () => db.destroy() }
}

/** Node reports a refused connection to a name with several addresses without a message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || code || String(error)
}
