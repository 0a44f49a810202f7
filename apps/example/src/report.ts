import Table from 'cli-table3'
import type { Kysely } from 'kysely'
import { checkTotals } from './check-totals.ts'
import type { Database } from './database.ts'
import type { Flight } from './flights.ts'
import { longDelay } from './raise-alert.ts'
import { worstAirports } from './worst-airports.ts'

export async function printWorstAirports(db: Kysely<Database>, flights: number): Promise<void> {
  // An airport with one late flight is not a bad airport.
  const leastArrivals = Math.ceil(flights / 400)
  const table = new Table({
    head: ['airport', 'city', 'arrivals', 'late', 'average delay', 'alerts', 'longest', 'messages'],
    colAligns: ['left', 'left', 'right', 'right', 'right', 'right', 'right', 'right'],
    style: { head: [], border: [], compact: true },
  })
  for (const airport of await worstAirports(db, leastArrivals)) {
    table.push([
      airport.code,
      `${airport.city}, ${airport.state}`,
      airport.arrivals,
      `${Math.round((100 * airport.late_arrivals) / airport.arrivals)} %`,
      `${airport.average_delay.toFixed(1)} min`,
      airport.alerts,
      airport.longest_delay === 0 ? '' : `${airport.longest_delay} min`,
      Number(airport.message_count),
    ])
  }
  console.log(
    `\nThe airports where one waits longest (of those with ${leastArrivals} arrivals or more):`,
  )
  console.log(table.toString())
}

/** Compares with the file, airport by airport: a lost or a doubled message would show. */
export async function printTotals(db: Kysely<Database>, flights: readonly Flight[]): Promise<void> {
  const { airports, alerts, wrong } = await checkTotals(db, flights)
  console.log(
    `${amount(flights.length)} flights to ${amount(airports)} airports, ` +
      `${amount(alerts)} alerts of ${longDelay} minutes or more: ` +
      (wrong.length === 0
        ? 'the same as in the file.'
        : `NOT as in the file at ${wrong.join(', ')}.`),
  )
  if (wrong.length > 0) process.exitCode = 1
}

function amount(number: number): string {
  return number.toLocaleString('en')
}
