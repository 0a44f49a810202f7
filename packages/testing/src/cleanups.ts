/**
 * What is to be undone: the last first, and each although another one failed. As `AsyncDisposableStack`,
 * which Node has from 24 on.
 */
export class Cleanups implements AsyncDisposable {
  readonly #steps: (() => Promise<void>)[] = []

  defer(step: () => Promise<void>): void {
    this.#steps.push(step)
  }

  use(resource: AsyncDisposable): void {
    this.defer(async () => resource[Symbol.asyncDispose]())
  }

  /** Called again, it does nothing more. */
  async [Symbol.asyncDispose](): Promise<void> {
    const errors: unknown[] = []
    for (let step = this.#steps.pop(); step !== undefined; step = this.#steps.pop()) {
      try {
        await step()
      } catch (error) {
        errors.push(error)
      }
    }
    if (errors.length === 1) throw errors[0]
    if (errors.length > 1) throw new AggregateError(errors, `${errors.length} steps failed.`)
  }
}
