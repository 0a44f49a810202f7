/**
 * Whether a handler, or the trouble around it, cost a transaction its session: the server ends one
 * that idles for `idleTimeout`, and drivers tell that as a lost connection. The first time is begun
 * again, as all lost connections are: the process may have stood still, and the fence looks first.
 * Once more in the same attempt, it is the handler.
 */
export class IdleBound {
  readonly idleTimeout: number | undefined
  #handling = 0
  #times = 0

  constructor(idleTimeout: number | undefined) {
    this.idleTimeout = idleTimeout
  }

  /** A handler begins. */
  begin(): void {
    // The server counts in real time, whatever the subscription's clock says.
    this.#handling = performance.now()
  }

  /** Whether the handler has had the time to idle for too long. */
  isPast(): boolean {
    return performance.now() - this.#handling >= (this.idleTimeout ?? Infinity)
  }

  /** Notes that the session is gone for it. True when that is the handler's failure. */
  isHandlers(): boolean {
    this.#times += 1
    return this.#times > 1
  }
}
