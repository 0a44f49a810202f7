import type { PageEvent } from './page-state.ts'

const kept = 50

/** What was done last, for the page. */
export class EventLog {
  #events: readonly PageEvent[] = []

  get events(): readonly PageEvent[] {
    return this.#events
  }

  readonly add = (text: string): void => {
    this.#events = [...this.#events, { at: Date.now(), text }].slice(-kept)
  }
}
