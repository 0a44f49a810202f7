import type { Kysely } from 'kysely'
import type { Database } from './database.ts'
import { expectedTotals, type AirportTotals } from './expected-totals.ts'
import type { Flight } from './flights.ts'

/** What the projections hold, in the shape of what they must come to. */
export async function projectedTotals(db: Kysely<Database>): Promise<Map<string, AirportTotals>> {
  const rows = await db
    .selectFrom('airport_delay as delay')
    .leftJoin('airport_alert as alert', 'alert.airport', 'delay.airport')
    .select(({ eb, fn }) => [
      'delay.airport',
      'delay.arrivals',
      'delay.late_arrivals as lateArrivals',
      'delay.delay_minutes as delayMinutes',
      fn.coalesce('alert.alerts', eb.lit(0)).as('alerts'),
    ])
    .execute()
  return new Map(rows.map(({ airport, ...totals }) => [airport, totals]))
}

export interface TotalsCheck {
  readonly airports: number
  readonly alerts: number
  /** Airports whose projection differs from the file: none, or a message was lost or doubled. */
  readonly wrong: string[]
}

export async function checkTotals(
  db: Kysely<Database>,
  flights: readonly Flight[],
): Promise<TotalsCheck> {
  const expected = expectedTotals(flights)
  const projected = await projectedTotals(db)
  const airports = new Set([...expected.keys(), ...projected.keys()])
  const wrong = [...airports].filter((code) => !same(expected.get(code), projected.get(code)))
  const alerts = [...projected.values()].reduce((sum, totals) => sum + totals.alerts, 0)
  return { airports: projected.size, alerts, wrong }
}

function same(expected: AirportTotals | undefined, projected: AirportTotals | undefined): boolean {
  return (
    expected?.arrivals === projected?.arrivals &&
    expected?.lateArrivals === projected?.lateArrivals &&
    expected?.delayMinutes === projected?.delayMinutes &&
    expected?.alerts === projected?.alerts
  )
}
