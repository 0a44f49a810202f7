import { InvalidOptionError } from '../errors.ts'
import { isFull, type PollingStrategy } from './polling-strategy.ts'
import { requireDelay, requireRange } from '../validate-delay.ts'

/** What `dynamicPolling` takes. */
export interface DynamicPollingOptions {
  /** The share of the batch size that a poll should bring: above 0, up to 1. */
  readonly target: number
  /** Milliseconds by which the wait grows or shrinks at each poll. 1 or more. */
  readonly step: number
  /** The shortest wait in milliseconds, and the first. 1 or more. */
  readonly min: number
  /** The longest wait in milliseconds. Not less than `min`. */
  readonly max: number
}

/**
 * Moves the wait in steps so that a poll brings the target share of its batch size: longer when it
 * brings less, shorter when it brings more. A full page is followed by no wait, and leaves the next
 * one as it was.
 *
 * @example
 * ```ts
 * import { dynamicPolling } from '@mdb/subscriptions'
 *
 * const polling = dynamicPolling({ target: 0.75, step: 50, min: 100, max: 1_000 })
 * console.log(polling.next({ received: 50, batchSize: 100 }, polling.initial).delay) // 150
 * ```
 *
 * @returns a strategy whose state is the wait after the last page that was not full
 * @throws InvalidOptionError when target, step, min or max is out of range
 */
export function dynamicPolling(options: DynamicPollingOptions): PollingStrategy<number> {
  const { target, step, min, max } = options
  requireRange(options)
  requireDelay('step', step)
  if (!(target > 0 && target <= 1)) {
    throw new InvalidOptionError('target', target, 'must be above 0 and at most 1')
  }
  return {
    initial: min,
    next(poll, wait) {
      if (isFull(poll)) return { delay: 0, state: wait }
      const actual = poll.received / poll.batchSize
      const change = actual < target ? step : actual > target ? -step : 0
      const delay = Math.min(max, Math.max(min, wait + change))
      return { delay, state: delay }
    },
  }
}
