import type { SubscriptionLag } from '@mdb/subscriptions'
import type { EventLog } from './event-log.ts'
import type { FlightTotals } from './flight-totals.ts'
import type { GroupState, MemberState, PageState, ProcessState, TotalsState } from './page-state.ts'
import type { Snapshot } from './read-page.ts'

/** What the page shows that is not in the database. */
export interface Surroundings {
  readonly database: PageState['database']
  readonly inFile: number
  readonly speed: number
  readonly processes: ReadonlyArray<Omit<ProcessState, 'members'>>
  readonly idOf: (owner: string) => string
  /** Messages handled per second, by member. */
  readonly rates: ReadonlyMap<number, number>
  /** Flights written per second. */
  readonly writingRate: number
  readonly expected: FlightTotals
  readonly events: EventLog['events']
}

/** Puts together what the page is told. */
export function pageStateOf(snapshot: Snapshot, around: Surroundings): PageState {
  const { database, inFile, speed, expected, events } = around
  const { written, parked, broken, worst } = snapshot
  return {
    database,
    databaseLost: false,
    flights: { inFile, written, speed, rate: around.writingRate },
    group: groupOf(snapshot, around),
    parked,
    broken,
    worst,
    totals: totalsOf(snapshot, expected),
    events,
  }
}

function groupOf({ group, lags }: Snapshot, around: Surroundings): GroupState {
  const members = group?.members.map(({ member, owner, isPaused }): MemberState => {
    const lag = lags.find(({ consumerGroup }) => consumerGroup?.member === member)
    return {
      member,
      state: owner === undefined ? 'unclaimed' : isPaused ? 'paused' : stateOf(lag),
      owner: owner === undefined ? undefined : around.idOf(owner),
      position: String(lag?.position ?? 0n),
      lagMessages: lag?.messages ?? 0,
      lagSeconds: Math.round(lag?.seconds ?? 0),
      rate: around.rates.get(member) ?? 0,
    }
  })
  return {
    size: group?.size ?? lags.length,
    resizing: group?.resizeTo === undefined ? undefined : { to: group.resizeTo },
    paused: group?.isPaused ?? false,
    members: members ?? [],
    processes: around.processes.map((process) => ({
      ...process,
      members: (members ?? [])
        .filter(({ owner }) => owner === process.id)
        .map(({ member }) => member),
    })),
  }
}

/** Seconds that a message may wait for the next poll, without its member being called behind. */
const atOnce = 2

function stateOf(lag: SubscriptionLag | undefined): MemberState['state'] {
  return lag === undefined || lag.messages === 0 || lag.seconds < atOnce ? 'live' : 'behind'
}

function totalsOf(snapshot: Snapshot, expected: FlightTotals): TotalsState {
  const { arrivals, lags, parked, discarded } = snapshot
  const projected = {
    arrivals: sum(arrivals.map((airport) => airport.arrivals)),
    late: sum(arrivals.map(({ late }) => late)),
    delay: sum(arrivals.map(({ delay }) => delay)),
  }
  const outstanding =
    sum(lags.map(({ messages }) => messages)) + sum(parked.map(({ waiting }) => waiting + 1))
  const isSame =
    projected.arrivals + discarded.arrivals === expected.arrivals &&
    projected.late + discarded.late === expected.late &&
    projected.delay + discarded.delay === expected.delay
  const state = outstanding > 0 ? 'behind' : isSame ? 'agree' : 'differ'
  return { expected, projected, discarded, outstanding, state }
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
