import { setImmediate } from 'node:timers/promises'
import { within } from './within.ts'

/** Which connections somebody holds. */
export class Holds<Connection> {
  // Taken again, a connection is held by somebody else.
  readonly #held = new Map<Connection, symbol>()

  taken(connection: Connection): void {
    this.#held.set(connection, Symbol('hold'))
  }

  givenBack(connection: Connection): void {
    this.#held.delete(connection)
  }

  now(): readonly Connection[] {
    return [...this.#held.keys()]
  }

  /**
   * Notes what is held now. The function returned finds what was taken since, and is not given back in the
   * time that good order takes.
   */
  watch(): () => Promise<readonly Connection[]> {
    const before = new Set(this.#held.values())
    return async () => {
      // Who waited for one that is given back just now has it then.
      await setImmediate()
      const taken = [...this.#held].filter(([, hold]) => !before.has(hold))
      const still = (): readonly Connection[] =>
        taken
          .filter(([connection, hold]) => this.#held.get(connection) === hold)
          .map(([connection]) => connection)
      await within(() => Promise.resolve(still().length === 0))
      return still()
    }
  }
}
