import type { ConsumerGroup, MessageStore } from '@mdb/core'
import { sql } from 'kysely'
import { explained, onTable } from '../checkpoints/checkpoint-table.ts'
import { identifierOf, positionStreamName } from '../checkpoints/position-stream.ts'
import { InvalidOptionError, SeekTimeoutError, SeekUnavailableError } from '../errors.ts'
import { resolveOptions } from '../options.ts'
import { sourceOf } from '../source-of.ts'
import type { StartOptions } from '../sources/start-options.ts'
import { requireDelay } from '../validate-delay.ts'
import type { ControlKey } from './control-store.ts'
import { moveCheckpoints } from './move-checkpoints.ts'
import { type SubscriptionControlOptions, subjectOf } from './subject.ts'

/** What `seekSubscription` takes besides the store: where to go on, and how long it may take. */
export type SeekSubscriptionOptions = SubscriptionControlOptions &
  StartOptions & {
    /**
     * Milliseconds to wait for a handler's transaction that holds the checkpoint. 1 or more, default
     * 30,000.
     */
    readonly timeout?: number | undefined
  }

/** A subscription without a group, or a member of its group, and where it stood. */
export interface MovedMember {
  /** The member; undefined without a group. */
  readonly consumerGroup: ConsumerGroup | undefined
  /** The position that was saved; undefined when none was. One further is where to seek to go back. */
  readonly before: bigint | undefined
}

/** What `seekSubscription` has done. */
export interface Seek {
  /** The first position that is read from now on. */
  readonly position: bigint
  /** All that were moved, in the order of members. */
  readonly members: readonly MovedMember[]
}

/**
 * Moves a subscription to another place, a group with all its members, in one transaction: back, to
 * handle messages again, or forward, to leave some out. It may run or not, in any process; what runs
 * goes on from the new place by itself, within its `controlInterval`.
 *
 * The seek is ordered against each save: it waits for a handler's transaction in flight, and what was
 * begun before it cannot be saved after it. In transactional mode no effect of before is committed
 * after. At least once, handlers that are in flight go on to their end, and so does the page in hand.
 *
 * What is parked stays parked, and its stream in quarantine: messages of it that come again queue in
 * their order, and are handled by a replay. The claim, the leases and a pause stay as they are.
 *
 * @example
 * ```ts
 * import { seekSubscription } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await installCheckpoints(db)
 * const delays = { id: 'delays', source: { category: 'airport' } }
 * console.log(await seekSubscription(store, { ...delays, position: 1n })) // { position: 1n, members: … }
 * console.log((await seekSubscription(store, { ...delays, tail: true })).position) // 1n, it is empty
 * ```
 *
 * @param store the store that it reads, on the primary; in a transaction the seek is part of it
 * @param options one of `position` (the first to read, inclusive; 0n is the beginning), `tail` (only what
 *   is written from now on) and `since` (from the first message that is not older)
 * @throws {InvalidOptionError} when an option is missing or out of range
 * @throws {GroupResizingError} while its elastic group is being resized
 * @throws {SubscriptionRetiredError} when `switchProjection` has replaced it
 * @throws {SeekTimeoutError} when a transaction has held a checkpoint for the timeout; nothing has moved
 * @throws {SeekUnavailableError} when it keeps its place in a position stream
 * @throws {CheckpointsNotInstalledError} when there are no tables, or older ones
 * @throws what the database says, a lost connection too: ask where it is before you seek again
 */
export async function seekSubscription<DB>(
  store: MessageStore<DB>,
  options: SeekSubscriptionOptions,
): Promise<Seek> {
  const { id, schema = 'mdb', timeout = 30_000 } = options
  const key = subjectOf(options)
  requireDelay('timeout', timeout)
  const position = await placeOf(store, options)
  const size = options.source.consumerGroup?.size
  const { db } = store
  await refusePositionStream(store, schema, key)
  const move = { schema, key, size, to: position - 1n }
  const run = db.isTransaction
    ? moveCheckpoints(db, { ...move, timeout: undefined })
    : db
        .transaction()
        .setIsolationLevel('read committed')
        .execute((trx) => moveCheckpoints(trx, { ...move, timeout }))
  try {
    return { position, members: await explained(schema, run) }
  } catch (error) {
    const isTimeout = error instanceof Error && 'code' in error && error.code === '55P03'
    throw isTimeout ? new SeekTimeoutError(id, timeout, error) : error
  }
}

/** The first position to read, as a subscription that begins there would find it. */
async function placeOf<DB>(
  store: MessageStore<DB>,
  { id, source, position, tail, since }: SeekSubscriptionOptions,
): Promise<bigint> {
  if (position === undefined && tail === undefined && since === undefined) {
    throw new InvalidOptionError('position', position, 'or tail or since must be given')
  }
  const { consumerGroup: _group, ...rest } = source
  const start = { ...rest, position, tail, since } as typeof source
  const reader = sourceOf(store, resolveOptions({ id, source: start, handler: () => {} }))
  return (await reader.begin(new AbortController().signal)).position
}

/** Where a position stream is, and no row, the row would be looked at by nobody. */
async function refusePositionStream<DB>(
  store: MessageStore<DB>,
  schema: string,
  key: ControlKey,
): Promise<void> {
  const row = await explained(
    schema,
    onTable(store.db, schema)
      .selectFrom('checkpoint')
      .select(sql`1`.as('one'))
      .where('subscription_id', '=', key.subscriptionId)
      .where('source', '=', key.source)
      .limit(1)
      .executeTakeFirst(),
  )
  if (row !== undefined) return
  const { source } = key
  if (source.includes(',') || source.startsWith('$')) return
  const streamName = positionStreamName(source.split('-')[0] ?? source, identifierOf(key))
  const recorded = await store.getLastStreamMessage(streamName)
  if (recorded !== undefined) throw new SeekUnavailableError(key.subscriptionId, streamName)
}
