import { follow, streamName, type Message, type MessageStore } from '@mdb/core'
import { v5 as uuidFrom } from 'uuid'
import type { Database } from './database.ts'
import type { FlightArrivedLate, FlightMessage } from './flight-messages.ts'

export type DelayAlertRaised = Message<
  'DelayAlertRaised',
  { flight: number; airport: string; delay: number }
>

export const alertCategory = 'alert'

/** Minutes. */
export const longDelay = 120

export function isLongDelay(message: FlightMessage): message is FlightArrivedLate {
  return message.type === 'FlightArrivedLate' && message.data.delay >= longDelay
}

/**
 * Writes the message that follows from a long delay, in a stream of its own. Its id follows from the
 * arrival's and its stream must be new, so that an arrival raises one alert however often it comes.
 */
export async function raiseAlert(
  store: MessageStore<Database>,
  arrival: FlightArrivedLate,
): Promise<void> {
  const { flight, destination, delay } = arrival.data
  const alert = follow(arrival, {
    id: uuidFrom('DelayAlertRaised', arrival.id),
    type: 'DelayAlertRaised',
    data: { flight, airport: destination, delay },
  })
  await store.writeMessage(streamName(alertCategory, arrival.id), alert, {
    expectedVersion: 'no-stream',
  })
}
