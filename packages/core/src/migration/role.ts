import { type Kysely, sql } from 'kysely'
import { readServerError } from '../server-error.ts'
import { OFFICIAL_FILES, readOfficialFile } from './official-sql.ts'
import { splitStatements } from './split-statements.ts'

/** What became of role `message_store`, which the official installation creates and grants to. */
export type RoleOutcome =
  | { readonly granted: true }
  | { readonly granted: false; readonly reason: string }

/** Sees to it that role `message_store` exists, when the user may do that. */
export async function ensureRole<DB>(trx: Kysely<DB>): Promise<RoleOutcome> {
  const { rows } = await sql<{ role_exists: boolean; may_create: boolean; me: string }>`
    select exists (select from pg_roles where rolname = 'message_store') as role_exists,
      rolsuper or rolcreaterole as may_create, current_user::text as me
    from pg_roles where rolname = current_user
  `.execute(trx)
  const [row] = rows
  if (row?.role_exists === true) return { granted: true }
  if (row?.may_create !== true) {
    const reason = `Role message_store does not exist, and ${row?.me ?? 'the user'} may not create it (no CREATEROLE). Without it, only the owner and those it grants to can use the store.`
    return { granted: false, reason }
  }
  await createRole(trx)
  return { granted: true }
}

// Roles belong to the whole cluster: an installation into another database may create it meanwhile.
async function createRole<DB>(trx: Kysely<DB>): Promise<void> {
  await sql`savepoint mdb_role`.execute(trx)
  try {
    for (const file of OFFICIAL_FILES.role) {
      for (const statement of splitStatements(await readOfficialFile(file))) {
        await sql.raw(statement).execute(trx)
      }
    }
  } catch (error) {
    if (readServerError(error)?.code !== '23505') throw error
    await sql`rollback to savepoint mdb_role`.execute(trx)
  }
}
