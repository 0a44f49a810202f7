import { randomUUID } from 'node:crypto'

export interface Payload {
  readonly id: string
  readonly type: string
  readonly data: Readonly<Record<string, unknown>>
  readonly metadata: Readonly<Record<string, unknown>>
}

const data = {
  airport: 'SEA',
  destination: 'JFK',
  delay: 12,
  distance: 2421,
  at: '2001-01-10T18:20:00.000Z',
  remarks: 'Waited for a connecting flight; a seat was changed at the gate, twice.',
  crew: [1204, 881, 37, 4501],
}
const metadata = { correlationStreamName: 'trip-4711', causationMessageStreamName: 'gate-B12' }

/** A message of the usual size: about 200 bytes of data and 100 of metadata. */
export function payload(): Payload {
  return { id: randomUUID(), type: 'FlightDeparted', data, metadata }
}

export function payloads(count: number): Payload[] {
  return Array.from({ length: count }, payload)
}
