import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { type Kysely, sql } from 'kysely'
import type { MessageStoreDatabase } from '@mdb/core'
import { OFFICIAL_FILES } from '../../src/migration/official-sql.ts'
import { splitStatements } from '../../src/migration/split-statements.ts'

type DB = MessageStoreDatabase

/** The older releases of the official package that npm has. */
export const OLD_VERSIONS = ['1.1.6', '1.2.3', '1.2.6'] as const

export const dropStore = async (db: Kysely<DB>): Promise<unknown> =>
  sql`drop schema message_store cascade`.execute(db)

/** Installs a genuine older store, as its own install.sh does. */
export async function installOld(db: Kysely<DB>, version: string): Promise<void> {
  await dropStore(db)
  const manifest = createRequire(import.meta.url).resolve(`message-db-${version}/package.json`)
  const { schema, store, privileges } = OFFICIAL_FILES
  for (const file of [...schema, ...store, ...privileges]) {
    const text = await readFile(join(dirname(manifest), 'database', file), 'utf8')
    for (const statement of splitStatements(text)) await sql.raw(statement).execute(db)
  }
}

/**
 * What an installation is: every column, function, index, view and grant, without regard to the
 * name of the role that installed it.
 */
export async function fingerprint(db: Kysely<DB>): Promise<string[]> {
  const { rows } = await sql<{ line: string }>`
    select 'column ' || table_name || ' ' || column_name || ' ' || data_type as line
      from information_schema.columns where table_schema = 'message_store'
    union all select 'function ' || p.oid::regprocedure || ' ' || md5(prosrc)
      from pg_proc p where pronamespace = 'message_store'::regnamespace
    union all select indexdef from pg_indexes where schemaname = 'message_store'
    union all select 'grant ' || table_name || ' ' || grantee || ' ' || privilege_type
      from information_schema.role_table_grants where table_schema = 'message_store'
    union all select 'grant ' || routine_name || ' ' || grantee || ' ' || privilege_type
      from information_schema.role_routine_grants where routine_schema = 'message_store'
  `.execute(db)
  return rows.map(({ line }) => line.replace(/ (?:managed|postgres) /, ' owner ')).sort()
}
