import { sql, type Kysely } from 'kysely'
import { ensureCheckpointTable } from './checkpoint-table.ts'
import { ensureControlTable } from './control-table.ts'
import { ensureGroupTables } from './group-tables.ts'
import { ensureParkedMessageTable } from './parked-message-table.ts'

/** What `installCheckpoints` takes. */
export interface InstallCheckpointsOptions {
  /** The schema to make the table in; it is made when missing. Default is `mdb`. */
  readonly schema?: string | undefined
}

/** What `installCheckpoints` did. */
export interface InstallCheckpointsResult {
  /** Whether this call made or changed a table; false when all was there. */
  readonly installed: boolean
}

// Two processes that install at once wait for each other here. The two-number form of the lock is a
// space of its own, so it can never meet a lock of Message DB.
const LOCK = [0x6d6462, 1] as const

/**
 * Makes the tables that `tableCheckpoints` stands on, `mdb.checkpoint`, `mdb.parked_message`,
 * `mdb.subscription_control` and those of elastic groups, beside Message DB's schema and without touching it, or adds to older ones what they
 * lack. Idempotent, and safe when
 * several processes do it at once. In one transaction: the caller's, when `db` is one.
 *
 * @example
 * ```ts
 * import { PGlite } from '@electric-sql/pglite'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { Kysely, PGliteDialect } from 'kysely'
 *
 * const db = new Kysely<object>({ dialect: new PGliteDialect({ pglite: new PGlite() }) })
 * console.log(await installCheckpoints(db)) // { installed: true }
 * console.log(await installCheckpoints(db)) // { installed: false }
 * await db.destroy()
 * ```
 *
 * @throws the database's error when the role may not create a schema or a table
 */
export async function installCheckpoints<DB>(
  db: Kysely<DB>,
  options: InstallCheckpointsOptions = {},
): Promise<InstallCheckpointsResult> {
  const { schema = 'mdb' } = options
  const install = (trx: Kysely<DB>): Promise<InstallCheckpointsResult> =>
    ensureTables(trx.withoutPlugins(), schema)
  return db.isTransaction ? await install(db) : await db.transaction().execute(install)
}

async function ensureTables<DB>(
  trx: Kysely<DB>,
  schema: string,
): Promise<InstallCheckpointsResult> {
  await sql`select pg_advisory_xact_lock(${sql.lit(LOCK[0])}, ${sql.lit(LOCK[1])})`.execute(trx)
  const { rows } = await sql`select from pg_namespace where nspname = ${schema}`.execute(trx)
  // `if not exists` would ask for the right to create a schema even when it is there
  if (rows.length === 0) await sql`create schema ${sql.id(schema)}`.execute(trx)
  const changed = [
    await ensureCheckpointTable(trx, schema),
    await ensureParkedMessageTable(trx, schema),
    await ensureGroupTables(trx, schema),
    await ensureControlTable(trx, schema),
  ]
  return { installed: changed.includes(true) }
}
