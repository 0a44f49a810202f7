import { setTimeout } from 'node:timers/promises'
import { DuplicateMessageIdError, isTransient, type MessageStore } from '@mdb/core'
import type { Database } from '../database.ts'
import type { Flight } from '../flights.ts'
import { countWrittenFlights, writeTogether } from '../write-flights.ts'
import { dueFlights, type Pace } from './pace.ts'

/** Milliseconds between two writes, at least, and as long as the last one took: others write too. */
const interval = 100
/** Milliseconds until it tries again when the database is away. */
const patience = 1_000

/** Writes the flights in the order of the file, so many a second of the clock. */
export class Replay {
  readonly #store: MessageStore<Database>
  readonly #flights: readonly Flight[]
  readonly #tell: (text: string) => void
  #pace: Pace
  #changed = new AbortController()

  constructor(options: {
    readonly store: MessageStore<Database>
    readonly flights: readonly Flight[]
    readonly speed: number
    readonly tell: (text: string) => void
  }) {
    this.#store = options.store
    this.#flights = options.flights
    this.#tell = options.tell
    this.#pace = { speed: options.speed, since: Date.now(), credit: 0 }
  }

  get speed(): number {
    return this.#pace.speed
  }

  setSpeed(speed: number): void {
    this.#pace = { speed, since: Date.now(), credit: 0 }
    this.#changed.abort()
    this.#changed = new AbortController()
  }

  /** Goes on from where the store is, until all are written or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    let written: number | undefined
    let isAway = false
    while (!signal.aborted && written !== this.#flights.length) {
      try {
        written ??= await countWrittenFlights(this.#store)
        const began = Date.now()
        written += await this.#writeDue(written)
        isAway = false
        await this.#wait(Math.max(interval, Date.now() - began), signal)
      } catch (error) {
        written = undefined
        // Whoever else writes to the same store has written these: it tells how far.
        if (error instanceof DuplicateMessageIdError) continue
        if (!isTransient(error)) throw error
        if (!isAway) this.#tell(`the writer lost the database: ${String(error)}`)
        isAway = true
        await setTimeout(patience, undefined, { signal }).catch(() => undefined)
      }
    }
    if (!signal.aborted) this.#tell(`all ${this.#flights.length} flights are written`)
  }

  async #writeDue(written: number): Promise<number> {
    const { due, pace } = dueFlights(this.#pace, Date.now())
    this.#pace = pace
    const flights = this.#flights.slice(written, written + due)
    if (flights.length > 0) await writeTogether(this.#store, flights)
    return flights.length
  }

  /** Until flights are due again; without an end while it is held. */
  async #wait(milliseconds: number, signal: AbortSignal): Promise<void> {
    const either = AbortSignal.any([signal, this.#changed.signal])
    const delay = this.#pace.speed === 0 ? 2 ** 31 - 1 : milliseconds
    await setTimeout(delay, undefined, { signal: either }).catch(() => undefined)
  }
}
