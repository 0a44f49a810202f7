import type { Clock } from './clock.ts'

export interface StallWatchContext {
  /** Milliseconds without progress, while there is something to do, that are a stall. */
  readonly after: number
  readonly clock: Clock
  readonly onStalled: (milliseconds: number) => void
  readonly onProgressing: (milliseconds: number) => void
}

/** Notices that a run which has something to do does not get on: it reads, or handles, for too long. */
export class StallWatch {
  readonly #context: StallWatchContext
  #since: number
  #resting = false
  #stalled = false

  constructor(context: StallWatchContext) {
    this.#context = context
    this.#since = context.clock.now()
  }

  /** It got on: the place moved, or all that was read is done. */
  progressed(): void {
    // Called for each message: nothing is watched, so no time is read.
    if (this.#context.after === Infinity) return
    const now = this.#context.clock.now()
    if (this.#stalled) this.#context.onProgressing(now - this.#since)
    this.#stalled = false
    this.#since = now
  }

  /** Nothing is to be done while this waits. */
  async resting(wait: () => Promise<void>): Promise<void> {
    this.progressed()
    this.#resting = true
    try {
      await wait()
    } finally {
      this.#resting = false
      this.#since = this.#context.clock.now()
    }
  }

  /** Watches until the signal aborts; not at all when nothing would be a stall. */
  async watch(signal: AbortSignal): Promise<void> {
    const { after, clock, onStalled } = this.#context
    if (after === Infinity) return
    this.#since = clock.now()
    while (!signal.aborted) {
      const still = this.#resting || this.#stalled ? 0 : clock.now() - this.#since
      if (still >= after) {
        this.#stalled = true
        onStalled(still)
      }
      await clock.sleep(still >= after ? after : after - still, signal)
    }
  }
}
