import type { WaitOptions } from '../waiting.ts'

/** Time, as what is tested takes it: the `Clock` of `@mdb/subscriptions`, or any of this shape. */
export interface TestClock {
  /** Milliseconds that never run backwards. */
  now(): number
  /** Resolves after some milliseconds, or when the signal aborts; never rejects for that. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
  /** Every sleep that was asked for, in order, in milliseconds. */
  readonly sleeps: readonly number[]
}

/** A clock that the test moves. Made by {@link manualClock}. */
export interface ManualClock extends TestClock {
  /** How many are asleep now. */
  readonly sleeping: number
  /**
   * Moves time, and wakes those whose time has come, the earliest first.
   *
   * @throws {InvalidSettingError} for milliseconds that would move it back, or nowhere.
   */
  advance(milliseconds: number): void
  /** Resolves when so many, 1 by default, are asleep. */
  untilAsleep(count?: number, options?: WaitOptions): Promise<void>
}
