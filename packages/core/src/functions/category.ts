import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import type { SchemaOptions } from '../read-options.ts'
import { functionName } from '../search-path.ts'
import { checkText } from '../validate-message.ts'

/**
 * The category of a stream name, in SQL: all before the first hyphen.
 *
 * @example
 * ```ts
 * import { category } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const row = await db
 *   .selectNoFrom(category('airport-SEA').as('result'))
 *   .executeTakeFirstOrThrow()
 * console.log(row.result) // airport
 * ```
 *
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `category`.
 */
export function category(
  streamName: Argument<string>,
  options: SchemaOptions = {},
): RawBuilder<string> {
  checkArgument(streamName, checkText)
  return sql<string>`${functionName(options, 'category')}(${streamName}::varchar)`
}
