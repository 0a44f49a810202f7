import { isTransient } from '@mdb/core'
import type { Clock } from './clock.ts'
import { requireMultiplier, requireRange } from './validate-delay.ts'

/** How long to wait between tries while the database is away. */
export interface ReconnectOptions {
  /** Milliseconds before the first retry, before jitter. 1 or more, default 100. */
  readonly min?: number | undefined
  /** The longest wait in milliseconds, before jitter. Default 10,000. */
  readonly max?: number | undefined
  /** What each further failure multiplies the wait by. 1 or more, default 2. */
  readonly multiplier?: number | undefined
  /** A number from 0 up to 1, for the jitter. Default is `Math.random`. */
  readonly random?: (() => number) | undefined
}

export interface Backoff {
  readonly min: number
  readonly max: number
  readonly multiplier: number
  readonly random: () => number
}

/** With the defaults filled in; `of` names the option in errors. */
export function resolveBackoff(options: ReconnectOptions, of = 'reconnect.'): Backoff {
  const { min = 100, max = 10_000, multiplier = 2, random = Math.random } = options
  requireRange({ min, max }, of)
  requireMultiplier(multiplier, of)
  return { min, max, multiplier, random }
}

/**
 * The wait before a retry, counted from 1. Half of it is fixed and half is jitter, so that a hundred
 * consumers do not come back in one moment.
 */
export function backoffDelay(attempt: number, { min, max, multiplier, random }: Backoff): number {
  const full = Math.min(max, min * multiplier ** (attempt - 1))
  return full / 2 + (full / 2) * random()
}

export interface RetryContext {
  readonly backoff: Backoff
  readonly clock: Clock
  readonly signal: AbortSignal
  /** How many retries before the error is thrown. Infinity while running. */
  readonly limit: number
  /**
   * Whether an abort leaves behind an attempt that does not end: one that only looks. Default is to wait
   * for it.
   */
  readonly mayBeLeft?: boolean
  readonly onRetry: (attempt: number, delay: number, error: unknown) => void
  readonly onRecovered: (attempts: number) => void
}

/**
 * Runs an operation until it succeeds, waiting between transient failures. Undefined when the
 * signal aborts first; any other failure is thrown.
 */
export async function untilItSucceeds<T>(
  operation: () => Promise<T>,
  context: RetryContext,
): Promise<{ readonly value: T } | undefined> {
  const { backoff, clock, signal, limit, mayBeLeft = false, onRetry, onRecovered } = context
  for (let failures = 0; !signal.aborted;) {
    try {
      const value = await (mayBeLeft ? orAborted(operation(), signal) : operation())
      if (failures > 0) onRecovered(failures)
      return { value }
    } catch (error) {
      if (signal.aborted) return undefined
      if (!isTransient(error) || failures >= limit) throw error
      failures += 1
      const delay = backoffDelay(failures, backoff)
      onRetry(failures, delay, error)
      await clock.sleep(delay, signal)
    }
  }
  return undefined
}

/** What an operation comes to, or the signal's reason when that aborts first. */
async function orAborted<T>(operation: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>()
  const abort = (): void => aborted.reject(signal.reason)
  signal.addEventListener('abort', abort, { once: true })
  try {
    return await Promise.race([operation, aborted.promise])
  } finally {
    signal.removeEventListener('abort', abort)
  }
}
