import type { MessageStore } from '@mdb/core'
import type { Transaction } from 'kysely'
import type { Database } from './database.ts'
import type { FlightMessage } from './flight-messages.ts'
import { isLongDelay, raiseAlert } from './raise-alert.ts'

/**
 * The handler of the consumer group. Delivery is at least once, so a message may come again after a
 * crash; the row's position tells, and then nothing changes. The row and the alert that follows from
 * it are one transaction: both are there, or neither.
 */
export function projectDelays(store: MessageStore<Database>) {
  return async (message: FlightMessage): Promise<void> => {
    await store.db.transaction().execute(async (trx) => {
      const isNew = await addToAirport(trx, message)
      if (isNew && isLongDelay(message)) await raiseAlert(store.using(trx), message)
    })
  }
}

/** Adds the message to its airport's row, unless it is counted there already. */
async function addToAirport(trx: Transaction<Database>, message: FlightMessage): Promise<boolean> {
  const row = await trx
    .insertInto('airport_delay')
    .values({
      airport: message.data.destination,
      arrivals: 1,
      late_arrivals: message.type === 'FlightArrivedLate' ? 1 : 0,
      delay_minutes: message.data.delay,
      position: message.position,
    })
    .onConflict((conflict) =>
      conflict
        .column('airport')
        .doUpdateSet((eb) => ({
          arrivals: eb('airport_delay.arrivals', '+', eb.ref('excluded.arrivals')),
          late_arrivals: eb('airport_delay.late_arrivals', '+', eb.ref('excluded.late_arrivals')),
          delay_minutes: eb('airport_delay.delay_minutes', '+', eb.ref('excluded.delay_minutes')),
          position: eb.ref('excluded.position'),
        }))
        .whereRef('airport_delay.position', '<', 'excluded.position'),
    )
    .returning('position')
    .executeTakeFirst()
  return row !== undefined
}
