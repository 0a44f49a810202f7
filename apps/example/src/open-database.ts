import { rm } from 'node:fs/promises'
import { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, PostgresDialect, sql } from 'kysely'
import { Pool } from 'pg'
import type { Database } from './database.ts'
import { lockDirectory } from './lock-directory.ts'
import type { Options } from './options.ts'

/** A Kysely like any other, and where its data lies, to tell the reader. */
export interface OpenDatabase extends AsyncDisposable {
  readonly db: Kysely<Database>
  readonly location: string
}

/** The database in the data directory, or the one that DATABASE_URL names. */
export function openDatabase(options: Options): Promise<OpenDatabase> {
  return options.databaseUrl === undefined
    ? openPGlite(options.dataDirectory, options.reset)
    : openPostgres(options.databaseUrl)
}

async function openPGlite(directory: string, reset: boolean): Promise<OpenDatabase> {
  const lock = await lockDirectory(directory)
  if (reset) await rm(directory, { recursive: true, force: true })
  const pglite = await PGlite.create(directory)
  const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite }) })
  return {
    db,
    location: directory,
    [Symbol.asyncDispose]: async () => {
      await db.destroy()
      lock[Symbol.dispose]()
    },
  }
}

async function openPostgres(url: string): Promise<OpenDatabase> {
  const { host, pathname } = new URL(url)
  const location = `PostgreSQL at ${host}${pathname}`
  const pool = new Pool({ connectionString: url, connectionTimeoutMillis: 5_000 })
  // A connection that breaks while idle is replaced at the next use; without a listener it would
  // end the process.
  pool.on('error', () => {})
  const db = new Kysely<Database>({ dialect: new PostgresDialect({ pool }) })
  try {
    await sql`select 1`.execute(db)
  } catch (error) {
    await db.destroy()
    throw new Error(`Cannot reach ${location}: ${reasonOf(error)}`, { cause: error })
  }
  return { db, location, [Symbol.asyncDispose]: () => db.destroy() }
}

/** Node reports a refused connection to a name with several addresses without a message. */
function reasonOf(error: unknown): string {
  const { message, code } = error as NodeJS.ErrnoException
  return message || code || String(error)
}
