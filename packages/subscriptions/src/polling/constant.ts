import { isFull, type PollingStrategy } from './polling-strategy.ts'
import { requireDelay } from '../validate-delay.ts'

/** What `constantPolling` takes. */
export interface ConstantPollingOptions {
  /** Milliseconds between two polls. Required; 1 or more. */
  readonly interval: number
}

/**
 * Waits the same time after every page that is not full.
 *
 * @example
 * ```ts
 * import { constantPolling } from '@mdb/subscriptions'
 *
 * const polling = constantPolling({ interval: 100 })
 * console.log(polling.next({ received: 0, batchSize: 10 }, polling.initial).delay) // 100
 * ```
 *
 * @returns a strategy without state
 * @throws InvalidOptionError when the interval is not a number of milliseconds from 1 to 2^31 - 1
 */
export function constantPolling(options: ConstantPollingOptions): PollingStrategy<undefined> {
  const { interval } = options
  requireDelay('interval', interval)
  return {
    initial: undefined,
    next: (poll) => ({ delay: isFull(poll) ? 0 : interval, state: undefined }),
  }
}
