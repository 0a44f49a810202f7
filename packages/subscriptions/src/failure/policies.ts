import { InvalidOptionError } from '../errors.ts'
import {
  park,
  retry,
  type FailurePolicy,
  type RetryOptions,
  skip,
  stop,
  type Verdict,
} from './verdict.ts'

/** How often, and how long to wait in between. */
export interface RetryThenOptions extends RetryOptions {
  /** How often the handler is tried in all, the first time included. 1 or more. */
  readonly attempts: number
}

/** Every failure ends the run. The default. */
export const stopAlways: FailurePolicy = () => stop()

/**
 * Tries a message so often, and then parks it: the others go on, and it waits for a replay. Needs
 * `tableCheckpoints`.
 *
 * @example
 * ```ts
 * import { retryThenPark } from '@mdb/subscriptions'
 *
 * const policy = retryThenPark({ attempts: 5, min: 100, max: 10_000 })
 * console.log(policy({ error: new Error('no'), message: {} as never, attempt: 5 })) // { type: 'park' }
 * ```
 *
 * @throws InvalidOptionError when a number is out of range
 */
export function retryThenPark(options: RetryThenOptions): FailurePolicy {
  return Object.assign(retryThen(options, park), { parks: true })
}

/** Tries a message so often, and then goes on without it. As `retryThenPark` otherwise. */
export function retryThenSkip(options: RetryThenOptions): FailurePolicy {
  return retryThen(options, skip)
}

/** Tries a message so often, and then ends the run. As `retryThenPark` otherwise. */
export function retryThenStop(options: RetryThenOptions): FailurePolicy {
  return retryThen(options, stop)
}

function retryThen({ attempts, ...backoff }: RetryThenOptions, last: () => Verdict): FailurePolicy {
  if (!(attempts === Infinity || (Number.isSafeInteger(attempts) && attempts >= 1))) {
    throw new InvalidOptionError('attempts', attempts, 'must be an integer, 1 or more, or Infinity')
  }
  const again = retry(backoff)
  return ({ attempt }) => (attempt < attempts ? again : last())
}
