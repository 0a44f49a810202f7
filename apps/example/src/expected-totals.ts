import type { Flight } from './flights.ts'

export interface AirportTotals {
  arrivals: number
  lateArrivals: number
  delayMinutes: number
  alerts: number
}

/**
 * What the projections must come to, computed from the file alone: no store, no messages, and none
 * of the code that makes them.
 */
export function expectedTotals(flights: readonly Flight[]): Map<string, AirportTotals> {
  const byAirport = Map.groupBy(flights, ({ destination }) => destination)
  return new Map([...byAirport].map(([airport, arrivals]) => [airport, totalsOf(arrivals)]))
}

function totalsOf(arrivals: readonly Flight[]): AirportTotals {
  return {
    arrivals: arrivals.length,
    lateArrivals: arrivals.filter(({ delay }) => delay >= 15).length,
    delayMinutes: arrivals.reduce((sum, { delay }) => sum + delay, 0),
    alerts: arrivals.filter(({ delay }) => delay >= 120).length,
  }
}
