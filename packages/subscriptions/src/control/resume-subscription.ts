import type { Kysely } from 'kysely'
import { explained, onTable } from '../checkpoints/checkpoint-table.ts'
import { type SubscriptionControlOptions, subjectOf } from './subject.ts'

/**
 * Ends the pause of `pauseSubscription`, whoever asked for it: all runs go on where they were, within
 * their `controlInterval`. One that its own process holds with `subscription.pause()` waits for that
 * process's `resume()`.
 *
 * @example
 * ```ts
 * import { resumeSubscription } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await installCheckpoints(db)
 * const delays = { id: 'delays', source: { category: 'airport' } }
 * console.log(await resumeSubscription(db, delays)) // { resumed: false }
 * ```
 *
 * @param db a Kysely on the primary, or a transaction, with which it is resumed or not
 * @returns `resumed`: false when it was not paused, which is no error
 * @throws {InvalidOptionError} when an option is missing or out of range
 * @throws {CheckpointsNotInstalledError} when there are no tables, or older ones
 */
export async function resumeSubscription<DB>(
  db: Kysely<DB>,
  options: SubscriptionControlOptions,
): Promise<{ readonly resumed: boolean }> {
  const { schema = 'mdb' } = options
  const { subscriptionId, source } = subjectOf(options)
  const query = onTable(db, schema)
    .updateTable('subscription_control')
    .set({ paused_at: null })
    .where('subscription_id', '=', subscriptionId)
    .where('source', '=', source)
    .where('paused_at', 'is not', null)
    .executeTakeFirstOrThrow()
  const { numUpdatedRows } = await explained(schema, query, 'subscription_control')
  return { resumed: numUpdatedRows > 0n }
}
