import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import type { SchemaOptions } from '../read-options.ts'
import { functionName } from '../search-path.ts'
import { checkText } from '../validate-message.ts'

/**
 * Whether a name is a category, in SQL: whether it has no hyphen.
 *
 * @example
 * ```ts
 * import { isCategory } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const row = await db
 *   .selectNoFrom(isCategory('airport-SEA').as('result'))
 *   .executeTakeFirstOrThrow()
 * console.log(row.result) // false
 * ```
 *
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `is_category`.
 */
export function isCategory(
  streamName: Argument<string>,
  options: SchemaOptions = {},
): RawBuilder<boolean> {
  checkArgument(streamName, checkText)
  return sql<boolean>`${functionName(options, 'is_category')}(${streamName}::varchar)`
}
