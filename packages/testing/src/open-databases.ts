import { ServerStoppedError } from './errors.ts'

/** The databases of a server that are open, so that stopping it closes them all. */
export class OpenDatabases {
  readonly #open = new Set<AsyncDisposable>()
  #stopped = false

  /** @throws {ServerStoppedError} */
  assertRunning(): void {
    if (this.#stopped) throw new ServerStoppedError()
  }

  add(database: AsyncDisposable): void {
    this.#open.add(database)
  }

  remove(database: AsyncDisposable): void {
    this.#open.delete(database)
  }

  /** Closes what is open. Returns `false` when that was done before. */
  async closeAll(): Promise<boolean> {
    if (this.#stopped) return false
    this.#stopped = true
    await Promise.all([...this.#open].map(async (database) => database[Symbol.asyncDispose]()))
    return true
  }
}
