import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import type { Int8 } from '../int8.ts'
import type { SchemaOptions } from '../read-options.ts'
import { functionName } from '../search-path.ts'
import { checkText } from '../validate-message.ts'

/**
 * A text's 64-bit hash, in SQL: what puts a cardinal id into a consumer group's member.
 *
 * @example
 * ```ts
 * import { hash64 } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const row = await db
 *   .selectNoFrom(hash64('airport-SEA').as('result'))
 *   .executeTakeFirstOrThrow()
 * console.log(row.result)
 * ```
 *
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `hash_64`.
 */
export function hash64(value: Argument<string>, options: SchemaOptions = {}): RawBuilder<Int8> {
  checkArgument(value, checkText)
  return sql<Int8>`${functionName(options, 'hash_64')}(${value}::varchar)`
}
