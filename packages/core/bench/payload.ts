import type { NewMessage } from '@mdb/core'

/** A message of the usual size: about 200 bytes of data and 100 of metadata. */
export function payload(): NewMessage & { readonly id: string } {
  return {
    id: crypto.randomUUID(),
    type: 'FlightDeparted',
    data: {
      airport: 'SEA',
      destination: 'JFK',
      delay: 12,
      distance: 2421,
      at: '2001-01-10T18:20:00.000Z',
      remarks: 'Waited for a connecting flight; a seat was changed at the gate, twice.',
      crew: [1204, 881, 37, 4501],
    },
    metadata: { correlationStreamName: 'trip-4711', causationMessageStreamName: 'gate-B12' },
  }
}
