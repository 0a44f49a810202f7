import type { MessageStore } from '@mdb/core'
import {
  readConsumerGroup,
  readLag,
  type ConsumerGroupState,
  type FirstParked,
  type SubscriptionLag,
} from '@mdb/subscriptions'
import { alertCounts, delays } from '../consumers.ts'
import type { Database } from '../database.ts'
import { worstAirports } from '../worst-airports.ts'
import { countWrittenFlights } from '../write-flights.ts'
import { readDiscarded } from './discarded.ts'
import type { FlightTotals } from './flight-totals.ts'
import { parkedOf } from './parked.ts'
import type { AirportState, ParkedState, WorstAirport } from './page-state.ts'

/** What the consumer group has projected for an airport. */
export type Arrivals = Pick<AirportState, 'code' | 'arrivals' | 'late' | 'delay'>

/** All that the page shows of the database, as of one moment. */
export interface Snapshot {
  readonly written: number
  /** Undefined until the first process has begun. */
  readonly group: ConsumerGroupState | undefined
  readonly lags: readonly SubscriptionLag[]
  /** Of the airports that have any. */
  readonly arrivals: readonly Arrivals[]
  readonly parked: readonly ParkedState[]
  readonly discarded: FlightTotals
  readonly broken: readonly string[]
  readonly worst: readonly WorstAirport[]
}

/** One transaction that sees one state of everything: else a flight in between would look lost. */
export function readSnapshot(store: MessageStore<Database>): Promise<Snapshot> {
  return store.db
    .transaction()
    .setIsolationLevel('repeatable read')
    .execute((trx) => readAll(store.using(trx)))
}

async function readAll(store: MessageStore<Database>): Promise<Snapshot> {
  const { db } = store
  const { id, source } = delays
  const written = await countWrittenFlights(store)
  return {
    written,
    group: await readConsumerGroup(db, { id, category: source.category }),
    lags: await readLag(store, delays),
    arrivals: await db
      .selectFrom('airport_delay')
      .select(['airport as code', 'arrivals', 'late_arrivals as late', 'delay_minutes as delay'])
      .execute(),
    parked: await readParked(store),
    discarded: await readDiscarded(db),
    broken: (await db.selectFrom('broken_airport').select('code').orderBy('code').execute()).map(
      ({ code }) => code,
    ),
    // An airport with one late flight is not a bad airport.
    worst: (await worstAirports(db, Math.ceil(written / 400))).map((airport) => ({
      code: airport.code,
      name: airport.name,
      state: airport.state,
      arrivals: airport.arrivals,
      late: airport.late_arrivals,
      averageDelay: airport.average_delay,
      alerts: airport.alerts,
    })),
  }
}

/** The first parked message of each stream, which the others of the stream wait behind. */
async function readParked(store: MessageStore<Database>): Promise<ParkedState[]> {
  const all: ParkedState[] = []
  for (const { id } of [alertCounts, delays]) {
    const parked = await parkedOf(store, id).list({ limit: MAX_STREAMS })
    const byStream = parked.toSorted((a, b) => (a.streamName < b.streamName ? -1 : 1))
    all.push(...byStream.map((first) => toParkedState(id, first)))
  }
  return all
}

// More than there are airports.
const MAX_STREAMS = 10_000

function toParkedState(subscriptionId: string, first: FirstParked): ParkedState {
  const { streamName, globalPosition, type, error, attempts, behind } = first
  return {
    subscriptionId,
    stream: streamName,
    globalPosition: String(globalPosition),
    type,
    error: error ?? '',
    attempts,
    waiting: behind,
  }
}
