import type { Kysely } from 'kysely'
import { unsettleCardinalId } from './cardinal-id-path.ts'
import { changeInstallation } from './change-installation.ts'
import { changeIndex, type ConsumerGroupIndexOptions, dropIndex } from './consumer-group-index.ts'
import { findConsumerGroupIndexes } from './find-consumer-group-indexes.ts'

/**
 * Drops the index of a consumer group's size, under whatever name it was made.
 *
 * @example
 * ```ts
 * import { createConsumerGroupIndex, dropConsumerGroupIndex } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await createConsumerGroupIndex(db, { size: 4 })
 * console.log(await dropConsumerGroupIndex(db, { size: 4 })) // ['mdb_consumer_group_4']
 * console.log(await dropConsumerGroupIndex(db, { size: 4 })) // []
 * ```
 *
 * @returns the names of the indexes that were dropped.
 * @throws {InvalidConsumerGroupError} {@link ConcurrentlyInTransactionError}
 *   {@link MessageStoreNotInstalledError} {@link InstallationPermissionError}
 */
export async function dropConsumerGroupIndex<DB>(
  db: Kysely<DB>,
  options: ConsumerGroupIndexOptions,
): Promise<string[]> {
  return changeIndex(db, 'dropConsumerGroupIndex', options, async (plain, concurrently) => {
    const found = await findConsumerGroupIndexes(plain)
    const names = found.filter(({ size }) => size === options.size).map(({ name }) => name)
    for (const name of names) await dropIndex(plain, name, concurrently)
    if (names.length === found.length) await changeInstallation(plain, unsettleCardinalId)
    return names
  })
}
