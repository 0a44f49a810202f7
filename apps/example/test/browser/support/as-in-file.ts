import { expectedTotals } from '../../../src/expected-totals.ts'
import type { Flight } from '../../../src/flights.ts'
import type { Shown } from './read-shown.ts'

/** Whether the page shows, on both sides, what the file says of the flights that are written. */
export function asInFile(shown: Shown, flights: readonly Flight[]): boolean {
  const totals = [...expectedTotals(flights.slice(0, shown.written)).values()]
  const inFile = [
    totals.reduce((sum, { arrivals }) => sum + arrivals, 0),
    totals.reduce((sum, { lateArrivals }) => sum + lateArrivals, 0),
    totals.reduce((sum, { delayMinutes }) => sum + delayMinutes, 0),
  ]
  return [shown.expected, shown.projected].every((side) => String(side) === String(inFile))
}
