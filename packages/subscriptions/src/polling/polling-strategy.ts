/** What one poll of the source brought. */
export interface Poll {
  /** How many messages arrived. */
  readonly received: number
  /** How many were asked for. */
  readonly batchSize: number
}

/** What a strategy answers: the time to wait, and the state to hand it at the next poll. */
export interface PollingStep<State> {
  /** Milliseconds to wait before the next poll; 0 polls at once. */
  readonly delay: number
  readonly state: State
}

/**
 * Decides how long a subscription waits between two polls.
 *
 * A strategy is pure: it holds no state of its own, and each run of a subscription begins with
 * `initial`. One strategy value can therefore serve any number of subscriptions. Treat the state as
 * immutable.
 *
 * A full page is followed by the next poll without a delay, whatever a strategy says.
 *
 * @example
 * ```ts
 * import type { PollingStrategy } from '@mdb/subscriptions'
 *
 * // waits a second longer after each empty poll
 * const patient: PollingStrategy<number> = {
 *   initial: 0,
 *   next: ({ received }, seconds) =>
 *     received > 0
 *       ? { delay: 0, state: 0 }
 *       : { delay: 1_000 * (seconds + 1), state: seconds + 1 },
 * }
 * console.log(patient.next({ received: 0, batchSize: 100 }, patient.initial).delay) // 1000
 * ```
 */
export interface PollingStrategy<State = unknown> {
  readonly initial: State
  /** The wait after a poll, and the state for the next one. */
  next(poll: Poll, state: State): PollingStep<State>
}

/** A page that holds as many messages as were asked for: there may be more. */
export function isFull(poll: Poll): boolean {
  return poll.received >= poll.batchSize
}
