import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import type { SchemaOptions } from '../read-options.ts'
import { functionName } from '../search-path.ts'
import { checkText } from '../validate-message.ts'

/**
 * The id of a stream name, in SQL: all after the first hyphen, NULL without one.
 *
 * @example
 * ```ts
 * import { id } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const row = await db
 *   .selectNoFrom(id('airport-SEA').as('result'))
 *   .executeTakeFirstOrThrow()
 * console.log(row.result) // SEA
 * ```
 *
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `id`.
 */
export function id(
  streamName: Argument<string>,
  options: SchemaOptions = {},
): RawBuilder<string | null> {
  checkArgument(streamName, checkText)
  return sql<string | null>`${functionName(options, 'id')}(${streamName}::varchar)`
}
