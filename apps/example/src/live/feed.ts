import type { AirportState, PageState } from './page-state.ts'

/** What is pushed: an event of the page's contract, as JSON. */
export interface FeedEvent {
  readonly event: 'state' | 'airports'
  readonly data: string
}

/** Hands the newest state to all who listen; a slow one is told less often, and never less. */
export class Feed {
  #version = 0
  #state: string | undefined
  readonly #airports = new Map<string, { readonly json: string; readonly version: number }>()
  #listeners = 0
  #published = Promise.withResolvers<void>()
  #listened = Promise.withResolvers<void>()

  publish(state: PageState, airports: Iterable<AirportState>): void {
    const version = this.#version + 1
    let isNew = false
    for (const airport of airports) {
      const json = JSON.stringify(airport)
      if (this.#airports.get(airport.code)?.json === json) continue
      this.#airports.set(airport.code, { json, version })
      isNew = true
    }
    const json = JSON.stringify(state)
    if (!isNew && json === this.#state) return
    this.#state = json
    this.#version = version
    this.#published.resolve()
    this.#published = Promise.withResolvers()
  }

  /** Resolves when there is somebody to publish for. */
  async listened(signal: AbortSignal): Promise<void> {
    if (this.#listeners === 0) await orAborted(this.#listened.promise, signal)
  }

  /** All there is, and then what changes, until the signal aborts. */
  async *listen(signal: AbortSignal): AsyncGenerator<FeedEvent> {
    this.#listeners += 1
    this.#listened.resolve()
    let [seen, shown]: [number, string | undefined] = [0, undefined]
    try {
      while (!signal.aborted) {
        const published = this.#published.promise
        const changed = [...this.#airports.values()].filter(({ version }) => version > seen)
        seen = this.#version
        const airports = changed.map(({ json }) => json)
        if (airports.length > 0) yield { event: 'airports', data: `[${airports.join(',')}]` }
        if (this.#state !== undefined && this.#state !== shown) {
          shown = this.#state
          yield { event: 'state', data: shown }
        }
        if (seen === this.#version) await orAborted(published, signal)
      }
    } finally {
      this.#listeners -= 1
      if (this.#listeners === 0) this.#listened = Promise.withResolvers()
    }
  }
}

async function orAborted(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  const aborted = Promise.withResolvers<void>()
  const onAbort = (): void => aborted.resolve()
  signal.addEventListener('abort', onAbort, { once: true })
  await Promise.race([promise, aborted.promise])
  signal.removeEventListener('abort', onAbort)
}
