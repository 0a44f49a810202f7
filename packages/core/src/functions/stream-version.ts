import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import type { Int8 } from '../int8.ts'
import type { FunctionOptions } from '../read-options.ts'
import { callValue, functionName } from '../search-path.ts'
import { checkStreamName } from '../validate-message.ts'

/**
 * The version of a stream: the position of its last message, SQL NULL when there is no stream.
 *
 * @example
 * ```ts
 * import { streamVersion } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const row = await db
 *   .selectNoFrom(streamVersion('airport-SEA').as('version'))
 *   .executeTakeFirstOrThrow()
 * console.log(row.version) // null
 * ```
 *
 * @returns a `bigint` of PostgreSQL, as the driver gives it: see {@link Int8}.
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `stream_version`.
 */
export function streamVersion(
  streamName: Argument<string>,
  options: FunctionOptions = {},
): RawBuilder<Int8 | null> {
  checkArgument(streamName, checkStreamName)

  return callValue(
    (afterPath) => sql`${functionName(options, 'stream_version')}(
      stream_name => ${afterPath(streamName)})`,
    options,
  )
}
