import { type Kysely, sql } from 'kysely'
import { readServerError } from '../server-error.ts'
import { OFFICIAL_FILES } from './official-sql.ts'
import { runOfficialFiles } from './run-official-files.ts'

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

/** Whether the grants arrived: for a schema of somebody else the server merely warns. */
export async function checkGrants<DB>(trx: Kysely<DB>): Promise<RoleOutcome> {
  const { rows } = await sql<{ granted: boolean; owner: string }>`
    select has_schema_privilege('message_store', oid, 'usage') as granted,
      pg_get_userbyid(nspowner)::text as owner
    from pg_namespace where nspname = 'message_store'
  `.execute(trx)
  const [row] = rows
  if (row?.granted === true) return { granted: true }
  const reason = `Schema message_store belongs to ${row?.owner ?? 'another role'}, which must run: GRANT USAGE ON SCHEMA message_store TO message_store;`
  return { granted: false, reason }
}

// Roles belong to the whole cluster: an installation into another database may create it meanwhile.
async function createRole<DB>(trx: Kysely<DB>): Promise<void> {
  await sql`savepoint mdb_role`.execute(trx)
  try {
    await runOfficialFiles(trx, OFFICIAL_FILES.role)
  } catch (error) {
    if (readServerError(error)?.code !== '23505') throw error
    await sql`rollback to savepoint mdb_role`.execute(trx)
  }
}
