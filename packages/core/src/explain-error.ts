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
  const role = await currentRole(db)
  return translateError(error, { ...context, role })
}

async function currentRole<DB>(db: Kysely<DB>): Promise<string | undefined> {
  try {
    const { rows } = await sql<{ role: string }>`select current_user::text as role`.execute(db)
    return rows[0]?.role
  } catch {
    // The error that is to be explained matters more than this one.
    return undefined
  }
}
