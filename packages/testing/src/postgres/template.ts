import { installMessageStore } from '@mdb/core/migration'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Prepare } from '../prepare.ts'
import type { Connect } from './connect.ts'

interface Template {
  readonly name: string
  /** What it is a copy of itself; `undefined` for an empty one, where Message DB is installed. */
  readonly from: string | undefined
  readonly prepare: Prepare | undefined
}

/** Makes a database with Message DB, and with what `prepare` adds, to clone tests' databases from. */
export async function makeTemplate(
  admin: Kysely<unknown>,
  connect: Connect,
  { name, from, prepare }: Template,
): Promise<void> {
  await (from === undefined
    ? sql`create database ${sql.id(name)}`.execute(admin)
    : cloneDatabase(admin, name, from))
  const db = new Kysely<never>({ dialect: new PostgresDialect({ pool: connect(name) }) })
  try {
    await installMessageStore(db)
    await prepare?.(db)
  } finally {
    await db.destroy()
  }
}

/** Copies a database, which nobody may be connected to. */
export async function cloneDatabase(
  admin: Kysely<unknown>,
  name: string,
  from: string,
): Promise<void> {
  await sql`create database ${sql.id(name)} template ${sql.id(from)}`.execute(admin)
}

/** Drops a database, and cuts off who is still connected to it. */
export async function dropDatabase(admin: Kysely<unknown>, name: string): Promise<void> {
  const { rows } = await sql<{ forces: boolean; alters: boolean; isThere: boolean }>`
    select current_setting('server_version_num')::int >= 130000 as forces,
      current_setting('is_superuser') = 'off' as alters,
      exists (select from pg_database where datname = ${name}) as "isThere"`.execute(admin)
  if (rows[0]?.forces === true) {
    await sql`drop database if exists ${sql.id(name)} with (force)`.execute(admin)
    return
  }
  if (rows[0]?.isThere !== true) return
  // PostgreSQL 12. Whoever reconnects in between is refused; an owner says so in its own way.
  if (rows[0].alters) {
    await sql`alter database ${sql.id(name)} with allow_connections false`.execute(admin)
  } else {
    await sql`update pg_database set datallowconn = false where datname = ${name}`.execute(admin)
  }
  await sql`select pg_terminate_backend(pid) from pg_stat_activity where datname = ${name}`.execute(
    admin,
  )
  await sql`drop database if exists ${sql.id(name)}`.execute(admin)
}
