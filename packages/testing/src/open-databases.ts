import { ServerStoppedError } from './errors.ts'

/** The databases of a server that are open, so that stopping it closes them all. */
export class OpenDatabases {
  readonly #open = new Set<AsyncDisposable>()
  #stopping: Promise<void> | undefined

  /** @throws {ServerStoppedError} */
  assertRunning(): void {
    if (this.#stopping !== undefined) throw new ServerStoppedError()
  }

  add(database: AsyncDisposable): void {
    this.#open.add(database)
  }

  remove(database: AsyncDisposable): void {
    this.#open.delete(database)
  }

  /**
   * Closes what is open and takes the steps after it, each one although an earlier one failed: an
   * error must not leave a server behind. Called again, it does nothing more.
   */
  async stop(...steps: readonly (() => Promise<void>)[]): Promise<void> {
    this.#stopping ??= this.#stop(steps)
    return this.#stopping
  }

  async #stop(steps: readonly (() => Promise<void>)[]): Promise<void> {
    const results = await Promise.allSettled(
      [...this.#open].map(async (database) => database[Symbol.asyncDispose]()),
    )
    for (const step of steps) {
      results.push(...(await Promise.allSettled([step()])))
    }
    const errors = results
      .filter((result) => result.status === 'rejected')
      .map(({ reason }) => reason as unknown)
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) {
      throw new AggregateError(errors, `Stopping the test server failed ${errors.length} times.`)
    }
  }
}
