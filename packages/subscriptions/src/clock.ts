import { setTimeout } from 'node:timers/promises'

/**
 * Time as a subscription sees it. `now` returns milliseconds that never run backwards. `sleep`
 * resolves after the given milliseconds, or at once when the signal aborts; it never rejects for an
 * abort. Tests bring their own clock, so that none of them waits.
 */
export interface Clock {
  /** Milliseconds that never run backwards. */
  now(): number
  /** Resolves after some milliseconds, or when the signal aborts; never rejects for that. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>
}

/** The machine's monotonic clock and timers. The default. */
export const systemClock: Clock = {
  now: () => performance.now(),
  async sleep(milliseconds, signal) {
    try {
      await setTimeout(milliseconds, undefined, { signal })
    } catch (error) {
      if (!signal.aborted) throw error
    }
  },
}
