import { type RawBuilder, sql } from 'kysely'
import type { SchemaOptions } from '../read-options.ts'
import { functionName } from '../search-path.ts'

/**
 * The version of Message DB that is installed, as `1.3.0`.
 *
 * @example
 * ```ts
 * import { messageStoreVersion } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const row = await db
 *   .selectNoFrom(messageStoreVersion().as('version'))
 *   .executeTakeFirstOrThrow()
 * console.log(row.version)
 * ```
 *
 * Stands on `message_store_version`.
 */
export function messageStoreVersion(options: SchemaOptions = {}): RawBuilder<string> {
  return sql<string>`${functionName(options, 'message_store_version')}()`
}
