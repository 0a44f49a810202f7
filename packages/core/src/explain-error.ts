import { type Kysely, sql } from 'kysely'
import { MessageStorePermissionError } from './errors.ts'
import { type CallContext, translateError } from './translate-error.ts'

/**
 * As {@link translateError}, and asks the server who is connected when that is what a person has to
 * know. In a transaction it cannot: the server answers nothing there after a failure.
 */
export async function explainError<DB>(
  db: Kysely<DB>,
  error: unknown,
  context: CallContext,
): Promise<unknown> {
  const translated = translateError(error, context)
  if (!(translated instanceof MessageStorePermissionError) || db.isTransaction) return translated
  const refused = await askAboutRole(db, translated.schema)
  return translateError(error, { ...context, ...refused })
}

interface AboutRole {
  readonly role: string
  readonly roleHelps: boolean
}

async function askAboutRole<DB>(db: Kysely<DB>, schema: string): Promise<AboutRole | undefined> {
  try {
    const { rows } = await sql<AboutRole>`
      select current_user::text as role, exists (
        select from pg_roles r, pg_namespace n
        where r.rolname = 'message_store' and n.nspname = ${schema}
          and has_schema_privilege(r.oid, n.oid, 'usage') and not pg_has_role(r.oid, 'member')
      ) as "roleHelps"
    `.execute(db)
    return rows[0]
  } catch {
    // The error that is to be explained matters more than this one.
    return undefined
  }
}
