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
 * Writes the messages that follow from long delays, each in a stream of its own. An alert's id follows
 * from the arrival's and its stream must be new, so that an arrival cannot raise two.
 */
export async function raiseAlerts(
  store: MessageStore<Database>,
  arrivals: readonly FlightArrivedLate[],
): Promise<void> {
  await store.writeToStreams(arrivals.map(alertOf))
}

function alertOf(arrival: FlightArrivedLate) {
  const { flight, destination, delay } = arrival.data
  const message = follow(arrival, {
    id: uuidFrom('DelayAlertRaised', arrival.id),
    type: 'DelayAlertRaised',
    data: { flight, airport: destination, delay },
  })
  return {
    streamName: streamName(alertCategory, arrival.id),
    message,
    expectedVersion: 'no-stream',
  } as const
}
