import type { Clock } from './clock.ts'

/** Between two pages: closed, it holds the run there. */
export class PauseGate {
  #closed: PromiseWithResolvers<void> | undefined
  #isStanding = false
  #onWake: (() => void) | undefined

  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  close(): void {
    this.#closed ??= Promise.withResolvers()
    if (this.#isStanding) this.#closed.resolve()
  }

  open(): void {
    this.#closed?.resolve()
    this.#closed = undefined
    this.wake()
  }

  /** What the run waits for may be over. */
  wake(): void {
    this.#onWake?.()
  }

  /** Resolves when the run stands at the gate, or the gate is open. */
  async reached(): Promise<void> {
    await this.#closed?.promise
  }

  /** The run stands at the gate until what it waits for is over. */
  async stand(wait: () => Promise<void>): Promise<void> {
    this.#isStanding = true
    this.#closed?.resolve()
    try {
      await wait()
    } finally {
      this.#isStanding = false
    }
  }

  /** Waits so long, or until the gate is opened, or the signal aborts; Infinity needs no timer. */
  async opened(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (signal.aborted) return
    const woken = new AbortController()
    const wake = (): void => woken.abort()
    this.#onWake = wake
    signal.addEventListener('abort', wake, { once: true })
    try {
      if (milliseconds < Infinity) await clock.sleep(milliseconds, woken.signal)
      else await untilAborted(woken.signal)
    } finally {
      this.#onWake = undefined
      signal.removeEventListener('abort', wake)
    }
  }
}

async function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  signal.addEventListener('abort', () => resolve(), { once: true })
  await promise
}
