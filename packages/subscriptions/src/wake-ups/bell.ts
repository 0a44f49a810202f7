import type { Clock } from '../clock.ts'

/** Remembers a wake-up that comes while nobody sleeps, and ends the sleep of whoever does. */
export class Bell {
  #rung = false
  #onRing: (() => void) | undefined

  /** Whether it rang since it was cleared. */
  get rung(): boolean {
    return this.#rung
  }

  readonly ring = (): void => {
    this.#rung = true
    this.#onRing?.()
  }

  /** What rang before a read begins is answered by the read. */
  clear(): void {
    this.#rung = false
  }

  /** Sleeps until the time is over, the signal aborts, or it rings; not at all when it has rung. */
  async sleep(clock: Clock, milliseconds: number, signal: AbortSignal): Promise<void> {
    if (this.#rung) return
    const controller = new AbortController()
    const end = (): void => controller.abort()
    signal.addEventListener('abort', end, { once: true })
    this.#onRing = end
    if (signal.aborted) end()
    try {
      await clock.sleep(milliseconds, controller.signal)
    } finally {
      this.#onRing = undefined
      signal.removeEventListener('abort', end)
    }
  }
}
