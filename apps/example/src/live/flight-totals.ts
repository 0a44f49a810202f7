import type { Flight } from '../flights.ts'
import type { TotalsState } from './page-state.ts'

export type FlightTotals = TotalsState['expected']

/** What the first so many flights of the file come to, from the file alone: for each number of them. */
export function totalsByCount(flights: readonly Flight[]): readonly FlightTotals[] {
  let total: FlightTotals = { arrivals: 0, late: 0, delay: 0 }
  const totals = flights.map(({ delay }) => {
    total = {
      arrivals: total.arrivals + 1,
      late: total.late + (delay >= 15 ? 1 : 0),
      delay: total.delay + delay,
    }
    return total
  })
  return [{ arrivals: 0, late: 0, delay: 0 }, ...totals]
}
