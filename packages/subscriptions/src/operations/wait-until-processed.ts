import type { MessageStore, WriteResult } from '@mdb/core'
import { type Clock, systemClock } from '../clock.ts'
import { ProcessingTimeoutError } from '../errors.ts'
import { resolveBackoff, untilItSucceeds } from '../reconnect.ts'
import { requireDelay } from '../validate-delay.ts'
import { type Place, readPlaces, type SubscriptionPlaceOptions, sourceToLookAt } from './place.ts'
import { countRemaining } from './remaining.ts'
import { isOf, requireInSource, targetOf } from './target.ts'

/** What `waitUntilProcessed` takes besides the store. */
export interface WaitUntilProcessedOptions extends SubscriptionPlaceOptions {
  /**
   * What is to be processed: what a write returned, or all messages up to a position. The position is
   * global, or of a source that is a stream the one in the stream.
   */
  readonly processed: WriteResult | bigint
  /** Milliseconds after which it gives up. 1 or more, default 30,000. */
  readonly timeout?: number | undefined
  /** Milliseconds between two looks. 1 or more, default 50. */
  readonly interval?: number | undefined
  /** Ends the wait: it rejects with the signal's reason. Default is no signal. */
  readonly signal?: AbortSignal | undefined
  /** Time. Default is the machine's. */
  readonly clock?: Clock | undefined
}

/**
 * Waits until a subscription has processed what was written, or all up to a position, whatever process
 * it runs in: so that a request can be answered when the view that it reads is up to date.
 *
 * Of a group, what was written concerns the member of its stream, and a position all members. It looks
 * at the checkpoints of `tableCheckpoints`: in transactional mode they tell at once, otherwise at the
 * `checkpointInterval`, which is up to 5 seconds later unless it is set shorter. A member is also done
 * when nothing up to the position is left that its filter lets through. A message that was parked or
 * skipped is processed. What commits below the position afterwards is not waited for.
 *
 * A look is a statement, and another one a member whose checkpoint is behind. While the database is
 * away it is tried again.
 *
 * @example
 * ```ts
 * import { subscribe, tableCheckpoints, waitUntilProcessed } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await installCheckpoints(db)
 * const source = { category: 'airport' }
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source,
 *   transactional: 'message',
 *   checkpoints: tableCheckpoints(db),
 *   handler: () => {},
 * })
 * const run = subscription.run()
 * const processed = await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: {} })
 * await waitUntilProcessed(store, { id: 'delays', source, processed })
 * await subscription.stop()
 * await run
 * ```
 *
 * @throws {ProcessingTimeoutError} when it takes longer than the timeout
 * @throws {InvalidOptionError} when the source reads no such stream, or an option is out of range
 * @throws {CheckpointsNotInstalledError} when there are no tables
 * @throws the signal's reason when it aborts
 */
export async function waitUntilProcessed<DB>(
  store: MessageStore<DB>,
  options: WaitUntilProcessedOptions,
): Promise<void> {
  const { id, source, processed, timeout = 30_000, interval = 50, clock = systemClock } = options
  requireDelay('timeout', timeout)
  requireDelay('interval', interval)
  const { name } = sourceToLookAt(store, options)
  requireInSource(source, processed)
  options.signal?.throwIfAborted()

  const late = new AbortController()
  const over = new AbortController()
  const signal = AbortSignal.any([late.signal, ...(options.signal ? [options.signal] : [])])
  void clock.sleep(timeout, over.signal).then(() => late.abort())

  let behind: readonly Place[] | undefined
  let trouble: unknown
  try {
    while (!signal.aborted) {
      const looked = await untilItSucceeds(() => look(store, { ...options, name, signal }), {
        backoff: resolveBackoff({}),
        clock,
        signal,
        limit: Infinity,
        mayBeLeft: true,
        onRetry: (_attempt, _delay, error) => void (trouble = error),
        onRecovered: () => void (trouble = undefined),
      })
      if (looked === undefined) break
      behind = looked.value
      if (behind?.length === 0) return
      await clock.sleep(interval, signal)
    }
  } finally {
    over.abort()
  }
  options.signal?.throwIfAborted()
  throw new ProcessingTimeoutError({ subscriptionId: id, processed, timeout, behind }, trouble)
}

interface LookContext extends WaitUntilProcessedOptions {
  readonly name: string
  readonly signal: AbortSignal
}

/** Who is not there yet; undefined when what is waited for is not in the store. */
async function look<DB>(
  store: MessageStore<DB>,
  { name, ...options }: LookContext,
): Promise<readonly Place[] | undefined> {
  const { source, processed, signal } = options
  const target = await targetOf(store, source, processed, signal)
  if (target === undefined) return undefined
  const { position: through, streamName } = target
  const behind: Place[] = []
  for (const place of await readPlaces(store, options, name)) {
    const { consumerGroup, position } = place
    if (position !== undefined && position >= through) continue
    const concerns =
      streamName === undefined || consumerGroup === undefined || isOf(streamName, consumerGroup)
    if (!concerns) continue
    // Where such a source begins is known when it first runs.
    const isUndecided =
      position === undefined && (source.tail === true || source.since !== undefined)
    const from = position === undefined ? (source.position ?? 0n) : position + 1n
    const range = { source, consumerGroup, from, through, limit: 1 }
    if (isUndecided || (await countRemaining(store, range, signal)).messages > 0) behind.push(place)
  }
  return behind
}
