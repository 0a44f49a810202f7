import { isFull, type PollingStrategy } from './polling-strategy.ts'
import { requireMultiplier, requireRange } from '../validate-delay.ts'

/** What `exponentialBackoff` takes. */
export interface ExponentialBackoffOptions {
  /** Milliseconds to wait after messages arrived, and after the first empty poll. 1 or more. */
  readonly min: number
  /** The longest wait in milliseconds. Not less than `min`. */
  readonly max: number
  /** What each further empty poll multiplies the wait by; fractions count. 1 or more, default 2. */
  readonly multiplier?: number | undefined
}

/**
 * Waits longer after each empty poll, from `min` up to `max`, and begins at `min` again when a
 * message arrives. A full page is followed by no wait.
 *
 * @example
 * ```ts
 * import { exponentialBackoff } from '@mdb/subscriptions'
 *
 * const polling = exponentialBackoff({ min: 50, max: 5_000, multiplier: 1.5 })
 * const first = polling.next({ received: 0, batchSize: 10 }, polling.initial)
 * const second = polling.next({ received: 0, batchSize: 10 }, first.state)
 * console.log(first.delay, second.delay) // 50 75
 * ```
 *
 * @returns a strategy whose state is the wait after the next empty poll
 * @throws InvalidOptionError when min, max or multiplier is out of range
 */
export function exponentialBackoff(options: ExponentialBackoffOptions): PollingStrategy<number> {
  const { min, max, multiplier = 2 } = options
  requireRange(options)
  requireMultiplier(multiplier)
  return {
    initial: min,
    next(poll, wait) {
      if (isFull(poll)) return { delay: 0, state: min }
      if (poll.received > 0) return { delay: min, state: min }
      return { delay: wait, state: Math.min(max, wait * multiplier) }
    },
  }
}
