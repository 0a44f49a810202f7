/** What is done while nobody waits for it; somebody does in the end. */
export class BackgroundTasks {
  readonly #running = new Set<Promise<void>>()
  readonly #errors: unknown[] = []

  add(task: Promise<void>): void {
    const running = task
      .catch((error: unknown) => void this.#errors.push(error))
      .finally(() => this.#running.delete(running))
    this.#running.add(running)
  }

  /** Waits for all of it, and throws what the first that failed threw. */
  async finished(): Promise<void> {
    await Promise.all(this.#running)
    if (this.#errors.length > 0) throw this.#errors[0]
  }
}
