import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import type { FunctionOptions } from '../read-options.ts'
import { callValue, functionName } from '../search-path.ts'
import { checkText } from '../validate-message.ts'

/**
 * The cardinal id of a stream name, in SQL; NULL without an id.
 *
 * Unlike the other helpers it sets and restores the search_path each time it is evaluated, because
 * `cardinal_id` calls `id` by its bare name: no index can stand on it, and over many rows it costs
 * more than they do.
 *
 * @example
 * ```ts
 * import { cardinalId } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const row = await db
 *   .selectNoFrom(cardinalId('flight-SEA+JFK').as('cardinal_id'))
 *   .executeTakeFirstOrThrow()
 * console.log(row.cardinal_id) // SEA
 * ```
 *
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `cardinal_id`.
 */
export function cardinalId(
  streamName: Argument<string>,
  options: FunctionOptions = {},
): RawBuilder<string | null> {
  checkArgument(streamName, checkText)

  return callValue(
    (afterPath) => sql`${functionName(options, 'cardinal_id')}(
      stream_name => ${afterPath(streamName)})`,
    options,
  )
}
