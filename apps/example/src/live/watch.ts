import { setTimeout } from 'node:timers/promises'
import { isTransient, type MessageStore } from '@mdb/core'
import type { Airport } from '../airports.ts'
import type { Database } from '../database.ts'
import type { Flight } from '../flights.ts'
import type { EventLog } from './event-log.ts'
import type { Feed } from './feed.ts'
import { totalsByCount } from './flight-totals.ts'
import type { AirportState, PageState } from './page-state.ts'
import { pageStateOf } from './page-state-of.ts'
import type { ConsumerProcesses } from './processes/consumer-processes.ts'
import { ratesOf, remember, type Sample, writingRate } from './rates.ts'
import { type Arrivals, readSnapshot } from './read-page.ts'
import type { Replay } from './replay.ts'
import { withoutDatabase } from './without-database.ts'

/** Milliseconds between two looks, at least; and so many times as long as the last one took. */
const interval = 250
const share = 2
/** Milliseconds until it looks again when the database is away. */
const patience = 1_000

export interface WatchOptions {
  readonly store: MessageStore<Database>
  readonly database: PageState['database']
  readonly flights: readonly Flight[]
  /** Those that are flown to. */
  readonly airports: readonly Airport[]
  readonly processes: ConsumerProcesses
  readonly replay: Replay
  readonly events: EventLog
  readonly feed: Feed
}

/** Looks at the database again and again, while somebody looks at the page. */
export async function watch(options: WatchOptions, signal: AbortSignal): Promise<void> {
  const { store, database, flights, airports, processes, replay, events, feed } = options
  const expected = totalsByCount(flights)
  let samples: readonly Sample[] = []
  let last: PageState | undefined
  while (!signal.aborted) {
    // There is something to show also where the database is lost before the first one looks.
    if (last !== undefined) await feed.listened(signal)
    const began = Date.now()
    let delay = patience
    try {
      const snapshot = await readSnapshot(store)
      const arrivals = new Map(snapshot.arrivals.map((each) => [each.code, each]))
      const { written } = snapshot
      samples = remember(samples, { at: began, written, arrivals: countsOf(snapshot.arrivals) })
      last = pageStateOf(snapshot, {
        database,
        inFile: flights.length,
        speed: replay.speed,
        processes: processes.list(),
        idOf: processes.idOf,
        rates: ratesOf(samples, snapshot.lags.length),
        writingRate: writingRate(samples),
        expected: expected[written] ?? { arrivals: 0, late: 0, delay: 0 },
        events: events.events,
      })
      feed.publish(
        last,
        airports.map((airport) => airportState(airport, arrivals.get(airport.code))),
      )
      delay = Math.max(interval, share * (Date.now() - began))
    } catch (error) {
      if (!isTransient(error)) throw error
      if (last !== undefined) feed.publish(withoutDatabase(last, events.events), [])
    }
    await setTimeout(delay, undefined, { signal }).catch(() => undefined)
  }
}

function countsOf(arrivals: readonly Arrivals[]): Map<string, number> {
  return new Map(arrivals.map((airport) => [airport.code, airport.arrivals]))
}

function airportState(airport: Airport, arrivals: Arrivals | undefined): AirportState {
  const { code, name, latitude, longitude } = airport
  return { code, name, latitude, longitude, ...(arrivals ?? { arrivals: 0, late: 0, delay: 0 }) }
}
