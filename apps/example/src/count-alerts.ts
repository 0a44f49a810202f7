import type { MessageStore } from '@mdb/core'
import type { Database } from './database.ts'
import type { DelayAlertRaised } from './raise-alert.ts'

/**
 * The handler of the alerts. Each alert has a stream of its own, so a stream position says nothing
 * here; but within a category the global positions come in order, and one consumer reads them all.
 */
export function countAlerts({ db }: MessageStore<Database>) {
  return async ({ data, globalPosition }: DelayAlertRaised): Promise<void> => {
    await db
      .insertInto('airport_alert')
      .values({
        airport: data.airport,
        alerts: 1,
        longest_delay: data.delay,
        global_position: globalPosition,
      })
      .onConflict((conflict) =>
        conflict
          .column('airport')
          .doUpdateSet((eb) => ({
            alerts: eb('airport_alert.alerts', '+', eb.ref('excluded.alerts')),
            longest_delay: eb.fn('greatest', [
              'airport_alert.longest_delay',
              'excluded.longest_delay',
            ]),
            global_position: eb.ref('excluded.global_position'),
          }))
          .whereRef('airport_alert.global_position', '<', 'excluded.global_position'),
      )
      .execute()
  }
}
