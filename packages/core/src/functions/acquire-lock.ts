import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import type { Int8 } from '../int8.ts'
import type { FunctionOptions } from '../read-options.ts'
import { callValue, functionName } from '../search-path.ts'
import { checkStreamName } from '../validate-message.ts'

/**
 * Takes the lock of a stream's category when the query runs, and holds it to the end of the
 * transaction: the one that every write takes. The expression's value is the lock's key.
 *
 * @example
 * ```ts
 * import { acquireLock } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await db.transaction().execute(async (trx) => {
 *   await trx.selectNoFrom(acquireLock('airport-SEA').as('lock')).execute()
 *   // No other transaction writes to category airport from here on.
 * })
 * ```
 *
 * @returns a `bigint` of PostgreSQL, as the driver gives it: see {@link Int8}.
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `acquire_lock`.
 */
export function acquireLock(
  streamName: Argument<string>,
  options: FunctionOptions = {},
): RawBuilder<Int8> {
  checkArgument(streamName, checkStreamName)

  return callValue(
    (afterPath) => sql`${functionName(options, 'acquire_lock')}(
      stream_name => ${afterPath(streamName)})`,
    options,
  )
}
