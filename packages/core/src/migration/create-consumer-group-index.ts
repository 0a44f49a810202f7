import { type Kysely, sql } from 'kysely'
import { readServerError } from '../server-error.ts'
import { settleCardinalId } from './cardinal-id-path.ts'
import { changeInstallation } from './change-installation.ts'
import {
  changeIndex,
  type ConsumerGroupIndexOptions,
  dropIndex,
  how,
} from './consumer-group-index.ts'
import { type ConsumerGroupIndex, findConsumerGroupIndexes } from './find-consumer-group-indexes.ts'

/** What `createConsumerGroupIndex` did. */
export interface CreatedConsumerGroupIndex {
  /** The index's name, in schema `message_store`. */
  readonly name: string
  /**
   * `'created'`; `'rebuilt'` after a build that had failed; `'existing'` when a valid one was there;
   * `'building'` when another session builds it now, which is not waited for.
   */
  readonly outcome: 'created' | 'rebuilt' | 'existing' | 'building'
}

/**
 * Makes the index that lets each member of a consumer group of one size read its own messages alone;
 * without it, each page of a member scans the pages of all. Costs every write one index more.
 *
 * Does nothing when it is there, builds it again when an earlier build failed, and lets several
 * processes try at once. So that the server can use `cardinal_id` in an index (in `ANALYZE`, on
 * PostgreSQL 17 and newer, and when a dump is restored), that function gets a `search_path` of its
 * own: what it does stays the same, for every client. Needs to be the owner of table `messages`.
 *
 * @example
 * ```ts
 * import { createConsumerGroupIndex } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await createConsumerGroupIndex(db, { size: 4 })
 * await store.getCategoryMessages('airport', { consumerGroup: { member: 0, size: 4 } })
 * ```
 *
 * @returns the index's name and what was done.
 * @throws {InvalidConsumerGroupError} {@link ConcurrentlyInTransactionError}
 *   {@link MessageStoreNotInstalledError} {@link InstallationPermissionError}
 *
 * Stands on the filter in `get_category_messages`, which is not changed.
 */
export async function createConsumerGroupIndex<DB>(
  db: Kysely<DB>,
  options: ConsumerGroupIndexOptions,
): Promise<CreatedConsumerGroupIndex> {
  const { size } = options
  return changeIndex(db, 'createConsumerGroupIndex', options, async (plain, concurrently) => {
    await changeInstallation(plain, settleCardinalId)
    // One connection: the next statement sees what became of a build that failed there.
    if (concurrently) return plain.connection().execute(async (one) => settle(one, size, true))
    return changeInstallation(plain, async (trx) => settle(trx, size, false))
  })
}

/** Creates, rebuilds or leaves it. Another session's build may come between the look and the deed. */
async function settle<DB>(
  db: Kysely<DB>,
  size: number,
  concurrently: boolean,
): Promise<CreatedConsumerGroupIndex> {
  let rebuilt = false
  for (let attempt = 1; ; attempt += 1) {
    const found = bestOf((await findConsumerGroupIndexes(db)).filter((one) => one.size === size))
    if (found?.state === 'valid') return { name: found.name, outcome: 'existing' }
    if (found?.state === 'building') return { name: found.name, outcome: 'building' }
    try {
      if (found !== undefined) {
        await dropIndex(db, found.name, concurrently)
        rebuilt = true
      }
      const name = await buildIndex(db, size, concurrently)
      return { name, outcome: rebuilt ? 'rebuilt' : 'created' }
    } catch (error) {
      if (attempt === ATTEMPTS || !concurrently || !isRace(error)) throw error
    }
  }
}

const ATTEMPTS = 10

// Another session had the name first, dropped the leftover first, or both waited for each other.
function isRace(error: unknown): boolean {
  const code = readServerError(error)?.code
  return code !== undefined && ['23505', '40P01', '42704', '42P07'].includes(code)
}

function bestOf(indexes: readonly ConsumerGroupIndex[]): ConsumerGroupIndex | undefined {
  const of = (state: ConsumerGroupIndex['state']) => indexes.find((one) => one.state === state)
  return of('valid') ?? of('building') ?? of('invalid')
}

async function buildIndex<DB>(
  db: Kysely<DB>,
  size: number,
  concurrently: boolean,
): Promise<string> {
  const name = `mdb_consumer_group_${size}`
  await sql`
    create index ${how(concurrently)} ${sql.id(name)} on message_store.messages (
      message_store.category(stream_name),
      mod(@ message_store.hash_64(message_store.cardinal_id(stream_name)), ${sql.lit(size)}::bigint),
      global_position
    )
  `.execute(db)
  // The planner knows what an expression's values are like from the next ANALYZE on.
  await sql`analyze message_store.messages`.execute(db)
  return name
}
