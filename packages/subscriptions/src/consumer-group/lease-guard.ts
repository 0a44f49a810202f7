import type { Clock } from '../clock.ts'

/**
 * Watches that the leases are renewed in time. When they are not (the database is away, or the
 * process was paused), `onExpired` is called, once for each time they run out.
 */
export class LeaseGuard {
  readonly #clock: Clock
  readonly #lease: number
  readonly #onExpired: () => void
  #expiresAt: number
  #renewed = Promise.withResolvers<void>()

  constructor(clock: Clock, lease: number, onExpired: () => void) {
    this.#clock = clock
    this.#lease = lease
    this.#onExpired = onExpired
    this.#expiresAt = clock.now() + lease
  }

  /** The leases hold from the moment that the heartbeat was sent: the server cannot have begun earlier. */
  renewed(sentAt: number): void {
    this.#expiresAt = sentAt + this.#lease
    this.#renewed.resolve()
    this.#renewed = Promise.withResolvers()
  }

  async watch(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const left = this.#expiresAt - this.#clock.now()
      if (left > 0) await this.#clock.sleep(left, signal)
      else {
        this.#onExpired()
        await Promise.race([this.#renewed.promise, untilAborted(signal)])
      }
    }
  }
}

function untilAborted(signal: AbortSignal): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>()
  if (signal.aborted) resolve()
  else signal.addEventListener('abort', () => resolve(), { once: true })
  return promise
}
