/** Between two pages: closed, it holds the run there. */
export class PauseGate {
  #closed: { readonly reached: Gate; readonly opened: Gate } | undefined

  get isClosed(): boolean {
    return this.#closed !== undefined
  }

  close(): void {
    this.#closed ??= { reached: Promise.withResolvers(), opened: Promise.withResolvers() }
  }

  open(): void {
    this.#closed?.opened.resolve()
    this.#closed?.reached.resolve()
    this.#closed = undefined
  }

  /** Resolves when the run stands at the gate, or the gate is open. */
  async reached(): Promise<void> {
    await this.#closed?.reached.promise
  }

  /** The run stands at the gate, until it opens or the signal aborts. */
  async stand(signal: AbortSignal): Promise<void> {
    const closed = this.#closed
    if (closed === undefined || signal.aborted) return
    closed.reached.resolve()
    const onAbort = (): void => closed.opened.resolve()
    signal.addEventListener('abort', onAbort, { once: true })
    await closed.opened.promise
    signal.removeEventListener('abort', onAbort)
  }
}

type Gate = PromiseWithResolvers<void>
