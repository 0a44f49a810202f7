import { type RawBuilder, sql } from 'kysely'
import type { Int8 } from '../int8.ts'
import type { FunctionOptions } from '../read-options.ts'
import { callSteps, functionName } from '../search-path.ts'
import { checkStreamNames } from '../validate-message.ts'

/**
 * Takes the locks of several categories when the query runs, each once, and holds them to the end of
 * the transaction. They are taken in the order of their keys, whatever the order of the names: two
 * transactions that take all their locks with this, first of all, cannot deadlock over them.
 *
 * @example
 * ```ts
 * import { acquireLocks } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await db.transaction().execute(async (trx) => {
 *   await trx.selectNoFrom(acquireLocks(['airport-SEA', 'booking']).as('locks')).execute()
 *   // No other transaction writes to category airport or booking from here on.
 * })
 * ```
 *
 * @param names stream names, or categories.
 * @returns an array of `bigint` of PostgreSQL, the keys in the order they were taken, as the driver
 *   gives it; SQL NULL for no names.
 * @throws {InvalidStreamNameError} before anything is sent.
 *
 * Stands on `acquire_lock`, `category` and `hash_64`.
 */
export function acquireLocks(
  names: readonly string[],
  options: FunctionOptions = {},
): RawBuilder<Int8[] | null> {
  checkStreamNames(names)
  const key = sql`${functionName(options, 'hash_64')}(${functionName(options, 'category')}(mdb_name))`

  // Rows are locked as they come out of the subquery, which `offset 0` keeps in order.
  return callSteps(
    (afterPath) => sql`(select array_agg(${functionName(options, 'acquire_lock')}(mdb_name))
      from (select distinct on (${key}) mdb_name
        from jsonb_array_elements_text(${afterPath(JSON.stringify(names))}::jsonb) as mdb_name
        order by ${key} offset 0) as mdb_ordered)`,
    options,
  )
}
