import type { Message } from '@mdb/core'
import { type Backoff, type ReconnectOptions, resolveBackoff } from '../reconnect.ts'

/** A handler's failure, as a policy sees it. */
export interface Failure {
  /** What the handler threw. */
  readonly error: unknown
  readonly message: Message
  /** How often the handler was tried with this message in this run: 1 after the first time. */
  readonly attempt: number
}

/** What becomes of a message that a handler failed on. */
export type Verdict =
  | { readonly type: 'retry'; readonly backoff: Backoff }
  | { readonly type: 'park' }
  | { readonly type: 'skip' }
  | { readonly type: 'stop' }

/**
 * Decides what becomes of a message that the handler failed on: a pure function of the error, the
 * message and the attempt. The default stops.
 */
export interface FailurePolicy {
  (failure: Failure): Verdict
  /** Set when it may park, so that checkpoints that cannot are refused before the run. */
  readonly parks?: boolean | undefined
}

/** How long to wait before a retry: as `reconnect`. */
export type RetryOptions = ReconnectOptions

/**
 * Try again after a while: `min` milliseconds, times `multiplier` for each attempt before, at most
 * `max`; half of it jitter. What the transaction wrote is rolled back first, and nothing of the
 * subscription goes on in the meantime but other streams, where `concurrency` allows.
 *
 * @example
 * ```ts
 * import { retry, stop, type FailurePolicy } from '@mdb/subscriptions'
 *
 * const policy: FailurePolicy = ({ attempt }) => (attempt < 3 ? retry({ min: 50 }) : stop())
 * console.log(policy({ error: new Error('no'), message: {} as never, attempt: 3 })) // { type: 'stop' }
 * ```
 *
 * @throws InvalidOptionError when a number is out of range
 */
export function retry(options: RetryOptions = {}): Verdict {
  return { type: 'retry', backoff: resolveBackoff(options, '') }
}

/** Set the message aside, and those of its stream that come after it, until they are replayed. */
export function park(): Verdict {
  return { type: 'park' }
}

/** Go on as if the message had been handled. */
export function skip(): Verdict {
  return { type: 'skip' }
}

/** End the run with a `HandlerError`; the message comes again at the next run. */
export function stop(): Verdict {
  return { type: 'stop' }
}
