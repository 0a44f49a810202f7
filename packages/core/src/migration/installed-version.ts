import { type Kysely, sql } from 'kysely'
import { translateError } from '../translate-error.ts'

/**
 * The version of Message DB in this database.
 *
 * @example
 * ```ts
 * import { installedVersion } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * console.log(await installedVersion(db)) // 1.3.0
 * ```
 *
 * @returns the version, `undefined` when Message DB is not installed. Never throws for that.
 * @throws {MessageStorePermissionError} when the role may not use the store.
 *
 * Stands on `message_store_version`.
 */
export async function installedVersion<DB>(db: Kysely<DB>): Promise<string | undefined> {
  const plain = db.withoutPlugins()
  // Looked up first, so that the caller's transaction survives a database without it.
  const found = await sql<{ installed: boolean }>`
    select exists (
      select from pg_proc where proname = 'message_store_version'
        and pronamespace = to_regnamespace('message_store')
    ) as installed
  `.execute(plain)
  if (found.rows[0]?.installed !== true) return undefined
  const { rows } = await sql<{ version: string }>`
    select message_store.message_store_version() as version
  `
    .execute(plain)
    .catch((error: unknown) => {
      throw translateError(error)
    })
  return rows[0]?.version
}
