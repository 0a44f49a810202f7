import type { ConsumerGroup, MessageStore } from '@mdb/core'
import { InvalidOptionError } from '../errors.ts'
import { readHeads } from '../heads/store-heads.ts'
import type { SourceOptions } from '../options.ts'
import { headsOf } from '../wake-ups/wake-ups.ts'
import { readIsPaused, readPlaces, type SubscriptionPlaceOptions, sourceToLookAt } from './place.ts'
import { countRemaining } from './remaining.ts'

/** What `readLag` takes besides the store. */
export interface ReadLagOptions extends SubscriptionPlaceOptions {
  /** How many messages of a member are counted at most. 1 or more, default 10,000. */
  readonly limit?: number | undefined
  /** Ends the statement in flight. Default is no signal. */
  readonly signal?: AbortSignal | undefined
}

/** How far a subscription, or one member of its group, is behind. */
export interface SubscriptionLag {
  /** The member; undefined without a group. */
  readonly consumerGroup: ConsumerGroup | undefined
  /** The position that is saved; undefined when none is. In the stream for a stream, else global. */
  readonly position: bigint | undefined
  /** The position of the last message of the stream, of the categories or of all; undefined without one. */
  readonly head: bigint | undefined
  /** How many messages it has yet to handle: of its member, and that its filter lets through. */
  readonly messages: number
  /** Whether the limit ended the count: there may be more. */
  readonly isCapped: boolean
  /** How old the oldest of them is, by the server's clock; 0 when there is none. */
  readonly seconds: number
  /** Whether it was paused with `pauseSubscription`, and not resumed. */
  readonly isPaused: boolean
}

/**
 * Says how far a subscription is behind, from any process: of a group, each member. It stands on the
 * checkpoints of `tableCheckpoints`, so it is as fresh as these: in transactional mode to the message,
 * otherwise to the `checkpointInterval`.
 *
 * A checkpoint may be behind the head and the subscription not: what does not match is not counted. A
 * subscription that never ran has everything from the source's start before it.
 *
 * It costs a statement a member, which reads from the checkpoint on until it has counted `limit`
 * messages of the member: next to nothing when it is live. A source of several categories counts what
 * it may still have to wait for.
 *
 * @example
 * ```ts
 * import { readLag } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await installCheckpoints(db)
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * const [lag] = await readLag(store, { id: 'delays', source: { category: 'airport' } })
 * console.log(lag?.messages) // 1
 * ```
 *
 * @returns one for a subscription without a group or for one member, else one for each member, in
 *   their order
 * @throws {InvalidOptionError} when an option is missing or out of range
 * @throws {CheckpointsNotInstalledError} when there are no tables
 */
export async function readLag<DB>(
  store: MessageStore<DB>,
  options: ReadLagOptions,
): Promise<readonly SubscriptionLag[]> {
  const { source, limit = 10_000, signal } = options
  if (!Number.isSafeInteger(limit) || limit < 1) {
    throw new InvalidOptionError('limit', limit, 'must be an integer, 1 or more')
  }
  const reader = sourceToLookAt(store, options)
  // The places come first: a head that is older could lie behind them.
  const places = await readPlaces(store, options, reader.name)
  const head = await headOf(store, source, signal)
  const isPaused = await readIsPaused(store, options, reader.name)
  let start: bigint | undefined
  const lags: SubscriptionLag[] = []
  for (const { consumerGroup, position } of places) {
    let from = position === undefined ? start : position + 1n
    from ??= start = (await reader.begin(signal ?? new AbortController().signal)).position
    const range = { source, consumerGroup, from, limit: limit + 1 }
    const { messages, seconds } = await countRemaining(store, range, signal)
    const counted = { messages: Math.min(messages, limit), isCapped: messages > limit }
    lags.push({ consumerGroup, position, head, ...counted, seconds, isPaused })
  }
  return lags
}

/** The last position there is for a source. */
export async function headOf<DB>(
  store: MessageStore<DB>,
  source: SourceOptions,
  signal?: AbortSignal,
): Promise<bigint | undefined> {
  const heads = await readHeads(store, headsOf(source), signal)
  const found = heads.filter((head) => head !== undefined)
  return found.length === 0 ? undefined : found.reduce((a, b) => (a > b ? a : b))
}
