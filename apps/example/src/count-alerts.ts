import type { TransactionContext } from '@mdb/subscriptions'
import type { Database } from './database.ts'
import type { DelayAlertRaised } from './raise-alert.ts'

/** The handler of the alerts: adds them to their airports, in the transaction of the checkpoint. */
export async function countAlerts(
  messages: readonly DelayAlertRaised[],
  { trx }: TransactionContext<Database>,
): Promise<void> {
  const byAirport = Map.groupBy(messages, ({ data }) => data.airport)
  const rows = [...byAirport].map(([airport, alerts]) => ({
    airport,
    alerts: alerts.length,
    longest_delay: Math.max(...alerts.map(({ data }) => data.delay)),
  }))
  await trx
    .insertInto('airport_alert')
    .values(rows)
    .onConflict((conflict) =>
      conflict.column('airport').doUpdateSet((eb) => ({
        alerts: eb('airport_alert.alerts', '+', eb.ref('excluded.alerts')),
        longest_delay: eb.fn('greatest', ['airport_alert.longest_delay', 'excluded.longest_delay']),
      })),
    )
    .execute()
}
