import { sql, type Kysely } from 'kysely'

export interface InstallCheckpointsOptions {
  /** The schema to make the table in; it is made when missing. Default is `mdb`. */
  readonly schema?: string | undefined
}

export interface InstallCheckpointsResult {
  /** Whether this call made the table; false when it was there. */
  readonly installed: boolean
}

// Two processes that install at once wait for each other here. The two-number form of the lock is a
// space of its own, so it can never meet a lock of Message DB.
const LOCK = [0x6d6462, 1] as const

/**
 * Makes the table `mdb.checkpoint` that `tableCheckpoints` keeps positions in, beside Message DB's
 * schema and without touching it. Idempotent, and safe when several processes do it at once. In one
 * transaction: the caller's, when `db` is one.
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
    createTable(trx.withoutPlugins(), schema)
  return db.isTransaction ? await install(db) : await db.transaction().execute(install)
}

async function createTable<DB>(trx: Kysely<DB>, schema: string): Promise<InstallCheckpointsResult> {
  const table = sql.id(schema, 'checkpoint')
  await sql`select pg_advisory_xact_lock(${sql.lit(LOCK[0])}, ${sql.lit(LOCK[1])})`.execute(trx)
  const { rows } = await sql<{ schema_exists: boolean; table_exists: boolean }>`
    select
      exists (select from pg_namespace where nspname = ${schema}) as schema_exists,
      exists (
        select from pg_class join pg_namespace on pg_namespace.oid = relnamespace
        where nspname = ${schema} and relname = 'checkpoint'
      ) as table_exists
  `.execute(trx)
  if (rows[0]?.table_exists === true) return { installed: false }
  // `if not exists` would ask for the right to create a schema even when it is there
  if (rows[0]?.schema_exists !== true) await sql`create schema ${sql.id(schema)}`.execute(trx)
  await sql`
    create table ${table} (
      subscription_id text not null,
      source text not null,
      group_member integer not null default 0,
      group_size integer not null default 0,
      position bigint not null check (position >= 0),
      updated_at timestamptz not null default now(),
      primary key (subscription_id, source, group_size, group_member),
      check (group_member >= 0 and (group_member < group_size or (group_member = 0 and group_size = 0)))
    )
  `.execute(trx)
  await sql`comment on table ${table} is ${sql.lit(
    'Where the subscriptions of @mdb/subscriptions are: the last position handled, a row a key',
  )}`.execute(trx)
  return { installed: true }
}
