import type { TransactionContext } from '@mdb/subscriptions'
import type { Transaction } from 'kysely'
import { refuseBroken } from './broken-airports.ts'
import type { Database } from './database.ts'
import type { FlightMessage } from './flight-messages.ts'
import { isLongDelay, raiseAlerts } from './raise-alert.ts'

/**
 * The handler of the consumer group, of a page of messages at once. What it writes commits together
 * with the member's checkpoint, so each message takes effect once, however often the process is
 * killed: the rows, and the alerts too.
 */
export async function projectDelays(
  messages: readonly FlightMessage[],
  { trx, store }: TransactionContext<Database>,
): Promise<void> {
  const byAirport = Map.groupBy(messages, ({ data }) => data.destination)
  await refuseBroken(trx, [...byAirport.keys()])
  await addToAirports(trx, byAirport)
  await raiseAlerts(store, messages.filter(isLongDelay))
}

async function addToAirports(
  trx: Transaction<Database>,
  byAirport: ReadonlyMap<string, readonly FlightMessage[]>,
): Promise<void> {
  const rows = [...byAirport].map(([airport, arrivals]) => ({
    airport,
    arrivals: arrivals.length,
    late_arrivals: arrivals.filter(({ type }) => type === 'FlightArrivedLate').length,
    delay_minutes: arrivals.reduce((sum, { data }) => sum + data.delay, 0),
  }))
  await trx
    .insertInto('airport_delay')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('airport').doUpdateSet((eb) => ({
        arrivals: eb('airport_delay.arrivals', '+', eb.ref('excluded.arrivals')),
        late_arrivals: eb('airport_delay.late_arrivals', '+', eb.ref('excluded.late_arrivals')),
        delay_minutes: eb('airport_delay.delay_minutes', '+', eb.ref('excluded.delay_minutes')),
      })),
    )
    .execute()
}
