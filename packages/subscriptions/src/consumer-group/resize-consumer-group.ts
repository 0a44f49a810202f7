import type { Kysely } from 'kysely'
import { GroupNotFoundError, GroupResizingError, InvalidOptionError } from '../errors.ts'
import { boundTransaction, type GroupDatabase, ofGroup } from './group-query.ts'

/** Which group to resize, and to what. */
export interface ResizeConsumerGroupOptions {
  /** The `id` of the subscription. */
  readonly id: string
  /** The category that it reads. */
  readonly category: string
  /** How many members it shall have, from 1 to 32,767. */
  readonly size: number
  /** The schema of the tables. Default is `mdb`. */
  readonly schema?: string | undefined
}

/**
 * Changes the size of an elastic group while it runs: nothing is handled twice, nothing is skipped.
 * The old members stop, run up to one position that is at or above all of theirs, and the new ones
 * start after it. The processes of the group do this at their next heartbeats; when none runs, those
 * that start next do it first.
 *
 * @example
 * ```ts
 * import { GroupNotFoundError, resizeConsumerGroup } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await installCheckpoints(db)
 * try {
 *   await resizeConsumerGroup(db, { id: 'delays', category: 'airport', size: 6 })
 * } catch (error) {
 *   if (error instanceof GroupNotFoundError) console.log('it has not run yet')
 * }
 * ```
 *
 * @returns the size that it has and the size that it will have; the same when it has that size.
 * @throws {GroupNotFoundError} when no elastic subscription with this id has run.
 * @throws {GroupResizingError} while it is being resized to another size.
 * @throws {InvalidOptionError} for a size out of range.
 */
export async function resizeConsumerGroup<DB>(
  db: Kysely<DB>,
  options: ResizeConsumerGroupOptions,
): Promise<{ readonly from: number; readonly to: number }> {
  const { id, category, size, schema = 'mdb' } = options
  const key = { subscriptionId: id, source: category }
  if (!Number.isInteger(size) || size < 1 || size > 32_767) {
    throw new InvalidOptionError('size', size, 'must be an integer from 1 to 32,767')
  }
  const own = (db as unknown as Kysely<GroupDatabase>).withoutPlugins().withSchema(schema)
  const ask = async (trx: Kysely<GroupDatabase>): Promise<{ from: number; to: number }> => {
    await boundTransaction(trx)
    const group = await trx
      .selectFrom('consumer_group')
      .select(['size', 'resize_to'])
      .where(ofGroup(key))
      .forUpdate()
      .executeTakeFirst()
    if (group === undefined) throw new GroupNotFoundError(id, category)
    const current = group.resize_to ?? undefined
    if (current !== undefined && current !== size)
      throw new GroupResizingError(id, category, current)
    if (current === undefined && group.size !== size) {
      await trx.updateTable('consumer_group').set({ resize_to: size }).where(ofGroup(key)).execute()
    }
    return { from: group.size, to: size }
  }
  return db.isTransaction ? await ask(own) : await own.transaction().execute(ask)
}
