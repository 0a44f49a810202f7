/** Those who wait for something to have happened; they look again whenever they are told to. */
export interface WaitingList {
  /** Something has happened. */
  notify(): void
  /** Resolves with what the check finds, or rejects with what it throws, or the signal's reason. */
  until<T>(check: () => T | undefined, signal?: AbortSignal): Promise<T>
}

/** How a wait is given up. */
export interface WaitOptions {
  /** Rejects the wait with its reason when it aborts. Default is to wait as long as it takes. */
  readonly signal?: AbortSignal | undefined
}

export function waitingList(): WaitingList {
  let waiting: (() => void)[] = []
  return {
    notify() {
      const told = waiting
      waiting = []
      for (const wake of told) wake()
    },
    async until(check, signal) {
      for (;;) {
        const found = check()
        if (found !== undefined) return found
        signal?.throwIfAborted()
        const { promise, resolve } = Promise.withResolvers<void>()
        const wake = (): void => resolve()
        waiting.push(wake)
        signal?.addEventListener('abort', wake, { once: true })
        await promise
        signal?.removeEventListener('abort', wake)
      }
    },
  }
}
