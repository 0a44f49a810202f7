import type { Message, MessageStore } from '@mdb/core'
import { InvalidOptionError, toFailedMessage } from '../errors.ts'
import { isTransactional } from '../checkpoint-store.ts'
import type { ReadableStore } from '../message-source.ts'
import { notify } from '../observer.ts'
import { resolveOptions, type ResolvedOptions, type SubscriptionOptions } from '../options.ts'
import { sourceOf } from '../source-of.ts'
import { toWork } from '../processing/work.ts'
import { validateTransactional } from '../validate-transactional.ts'
import type { FirstParked, ListParkedOptions } from './list-parked.ts'
import { replayer, type ReplayStep } from './replay-one.ts'

/** What `replay` takes. */
export interface ReplayOptions {
  /** Only messages of this stream. Default is every stream in quarantine. */
  readonly stream?: string | undefined
  /** Ends the replay after the message in flight. Default is no signal. */
  readonly signal?: AbortSignal | undefined
}

/** What a replay did. */
export interface ReplayResult {
  /** How many messages were handled. */
  readonly replayed: number
  /** The streams that have no parked message any more, in order. */
  readonly released: readonly string[]
  /** Where the handler failed again; the stream stays in quarantine, and the message is its first. */
  readonly failed: readonly ReplayFailure[]
}

/** A message that failed again in a replay. */
export interface ReplayFailure {
  readonly streamName: string
  readonly globalPosition: bigint
  /** What the handler threw. */
  readonly error: unknown
}

/** What `discard` takes. */
export interface DiscardOptions {
  readonly stream: string
  /** One message. Default is all of the stream, which releases it. */
  readonly globalPosition?: bigint | undefined
  /**
   * With `globalPosition`: only while that message is the first of its stream, so that what somebody
   * has looked at and judged is what goes. Default is false.
   */
  readonly ifFirst?: boolean | undefined
}

/** The messages that a subscription has set aside. Made by `parkedMessages`. */
export interface ParkedMessages {
  /** The streams in quarantine, in order. What is parked of them is in `mdb.parked_message`. */
  streams(): Promise<readonly string[]>

  /**
   * The first parked message of each stream, with what the handler threw, and how many wait behind it.
   *
   * @throws InvalidOptionError when `limit` is no integer from 1, or `order` is none of the two
   * @throws CheckpointsNotInstalledError when there is no table
   */
  list(options?: ListParkedOptions): Promise<readonly FirstParked[]>

  /**
   * Hands parked messages to the handler again, stream by stream, in order, each once. A message that
   * fails again stays, with one attempt more, and so do those behind it; then comes the next stream.
   *
   * @throws CheckpointsNotInstalledError when there is no table
   * @throws what the database says, when trying again would not help
   */
  replay(options?: ReplayOptions): Promise<ReplayResult>

  /**
   * Takes messages out without handling them: one, or all of a stream. Waits for a replay in flight.
   *
   * @returns how many; 0 when the message is not parked, or with `ifFirst` no longer the first
   * @throws InvalidOptionError when `ifFirst` comes without `globalPosition`
   */
  discard(options: DiscardOptions): Promise<number>
}

/**
 * What a subscription has parked: to replay it, in any process, also while the subscription runs.
 *
 * In transactional mode a message's writes and its leaving the quarantine commit together: exactly
 * once, as in the subscription. Otherwise it is handled first and taken out then: at least once; a
 * transaction holds it meanwhile, so a handler that uses the database needs a second connection, which
 * PGlite does not have. No later message of the stream overtakes: the subscription parks it behind, until with the last
 * message the stream is free.
 *
 * @example
 * ```ts
 * import { parkedMessages, retryThenPark, subscribe, tableCheckpoints } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await installCheckpoints(db)
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * let broken = true
 * const options = {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   checkpoints: tableCheckpoints(db),
 *   failure: retryThenPark({ attempts: 1 }),
 *   handler() {
 *     if (broken) throw new Error('not yet')
 *   },
 * }
 * const subscription = subscribe(store, {
 *   ...options,
 *   observer: ({ type }) => void (type === 'live' && subscription.stop()),
 * })
 * await subscription.run()
 * broken = false
 * const parked = parkedMessages(store, options)
 * console.log(await parked.replay()) // { replayed: 1, released: ['airport-SEA'], failed: [] }
 * ```
 *
 * @param options what the subscription is made of
 * @throws InvalidOptionError when an option is missing or out of range, or the checkpoints cannot park
 */
export function parkedMessages<M extends Message = Message, DB = never>(
  store: MessageStore<DB> | ReadableStore,
  options: SubscriptionOptions<M, DB>,
): ParkedMessages {
  const resolved = resolveOptions<M, DB>(options)
  validateTransactional(store, resolved)
  return ofSubscription(store, resolved)
}

function ofSubscription<M extends Message>(
  store: ReadableStore,
  options: ResolvedOptions<M>,
): ParkedMessages {
  const { id: subscriptionId, checkpoints, observer } = options
  if (!isTransactional(checkpoints)) {
    const expectation = 'must have a place for parked messages, as tableCheckpoints(db) does'
    throw new InvalidOptionError('checkpoints', checkpoints, expectation)
  }
  const { parking } = checkpoints
  const key = { subscriptionId, source: sourceOf(store, options).name }
  const replayFirst = replayer({ store, options, checkpoints, key, work: toWork(options) })

  return {
    streams: () => parking.streams(key),

    async replay({ stream, signal = new AbortController().signal } = {}) {
      const streams = stream === undefined ? await parking.streams(key) : [stream]
      const released: string[] = []
      const failed: ReplayFailure[] = []
      let replayed = 0
      for (const streamName of streams) {
        let step: ReplayStep | undefined
        do {
          if (signal.aborted) break
          step = await replayFirst(streamName, signal)
          if (step?.type === 'replayed') {
            replayed += 1
            notify(observer, { subscriptionId, type: 'replayed', message: step.message })
          }
        } while (step?.type === 'replayed')
        if (step?.type === 'free') {
          released.push(streamName)
          notify(observer, { subscriptionId, type: 'released', streamName })
        } else if (step?.type === 'failed') {
          const { message, error, attempts } = step
          failed.push({ streamName, globalPosition: message.globalPosition, error })
          const told = toFailedMessage(message)
          notify(observer, {
            subscriptionId,
            type: 'replay failed',
            message: told,
            attempts,
            error,
          })
        }
      }
      return { replayed, released, failed }
    },

    async list(options = {}) {
      const { order = 'oldest first', limit = 100 } = options
      if (!ORDERS.includes(order)) {
        throw new InvalidOptionError('order', order, `must be one of ${ORDERS.join(', ')}`)
      }
      if (!Number.isSafeInteger(limit) || limit < 1) {
        throw new InvalidOptionError('limit', limit, 'must be an integer from 1')
      }
      return parking.list(key, { order, limit })
    },

    async discard({ stream, globalPosition, ifFirst = false }) {
      if (ifFirst && globalPosition === undefined) {
        throw new InvalidOptionError('ifFirst', ifFirst, 'needs a globalPosition')
      }
      const which = { globalPosition, ifFirst }
      return checkpoints.transaction((trx) => parking.removeIn(trx, key, stream, which))
    },
  }
}

const ORDERS: readonly string[] = ['oldest first', 'newest first']
