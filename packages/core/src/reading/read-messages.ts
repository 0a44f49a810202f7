/**
 * Yields the messages of pages, and stops between two of them when the signal is aborted.
 *
 * It does what an async generator with a loop in it does. But that takes three turns of the queue of
 * promises for each message, where a message of a page that is there needs one.
 */
export function readMessages<M>(
  pages: AsyncGenerator<readonly M[], void, undefined>,
  signal: AbortSignal | undefined,
): AsyncGenerator<M, void, undefined> {
  return new PagedMessages(pages, signal)
}

type Result<M> = IteratorResult<M, void>

class PagedMessages<M> implements AsyncGenerator<M, void, undefined> {
  readonly #pages: AsyncGenerator<readonly M[], void, undefined>
  readonly #signal: AbortSignal | undefined
  #page: readonly M[] = []
  #next = 0
  /** What was asked for and is not there yet: what is asked for next comes after it. */
  #waiting: Promise<unknown> | undefined

  constructor(
    pages: AsyncGenerator<readonly M[], void, undefined>,
    signal: AbortSignal | undefined,
  ) {
    this.#pages = pages
    this.#signal = signal
  }

  [Symbol.asyncIterator](): this {
    return this
  }

  // Not async, which would take more turns.
  next(): Promise<Result<M>> {
    const ready =
      this.#waiting === undefined &&
      this.#next < this.#page.length &&
      this.#signal?.aborted !== true
    return ready ? Promise.resolve(this.#take()) : this.#inTurn(async () => this.#advance())
  }

  async return(): Promise<Result<M>> {
    return this.#inTurn(async () => this.#end())
  }

  async throw(error: unknown): Promise<Result<M>> {
    return this.#inTurn(async () => {
      await this.#end()
      throw error
    })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.return()
  }

  #take(): Result<M> {
    return { value: this.#page[this.#next++] as M, done: false }
  }

  async #advance(): Promise<Result<M>> {
    if (this.#next < this.#page.length) {
      if (this.#signal?.aborted !== true) return this.#take()
      await this.#end()
      throw this.#signal.reason
    }
    const { value, done } = await this.#pages.next()
    if (done === true) return this.#end()
    this.#page = value
    this.#next = 0
    return this.#advance()
  }

  async #end(): Promise<Result<M>> {
    this.#page = []
    await this.#pages.return()
    return { value: undefined, done: true }
  }

  async #inTurn(step: () => Promise<Result<M>>): Promise<Result<M>> {
    const turn = this.#waiting === undefined ? step() : this.#waiting.then(step, step)
    this.#waiting = turn
    try {
      return await turn
    } finally {
      if (this.#waiting === turn) this.#waiting = undefined
    }
  }
}
