import { streamName, type Message, type Metadata, type NewMessage } from '@mdb/core'
import { v5 as uuidFrom } from 'uuid'
import type { Flight } from './flights.ts'

interface Arrival {
  flight: number
  origin: string
  destination: string
  departedAt: string
  distance: number
  /** Minutes after the time in the timetable; negative when before it. */
  delay: number
}

/** What can happen at an airport. Narrow by `type`. */
export type FlightMessage = FlightArrivedOnTime | FlightArrivedLate
export type FlightArrivedOnTime = Message<'FlightArrivedOnTime', Arrival>
export type FlightArrivedLate = Message<'FlightArrivedLate', Arrival>

export const airportCategory = 'airport'

/** Minutes from which the US Department of Transportation counts a flight as late. */
const late = 15

/** Any fixed uuid would do: it makes the ids below this example's own. */
const namespace = '5b1f0c26-6d0a-4c7e-9d0e-2f1d6f4b7a10'

/**
 * The message of a flight and the stream it belongs in: that of the airport where it arrives. What
 * follows from it is correlated with that airport too.
 */
export function flightMessage({ number, ...flight }: Flight): {
  streamName: string
  message: NewMessage<FlightMessage['type'], Arrival, Metadata>
} {
  const airport = streamName(airportCategory, flight.destination)
  return {
    streamName: airport,
    message: {
      // The id follows from the flight, so the store refuses a flight that is written twice.
      id: uuidFrom(`flight ${number}`, namespace),
      type: flight.delay < late ? 'FlightArrivedOnTime' : 'FlightArrivedLate',
      data: { flight: number, ...flight },
      metadata: { correlationStreamName: airport },
    },
  }
}
