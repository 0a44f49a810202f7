import type pg from 'pg'
import type { Payload } from '../setup/payload.ts'

export const WRITE = 'select message_store.write_message($1, $2, $3, $4, $5)'
export const WRITE_EXPECTING = 'select message_store.write_message($1, $2, $3, $4, $5, $6)'

/** The best hand-written write: a named statement, so that the server parses it once. */
export async function writePlain(
  client: pg.Client | pg.Pool,
  streamName: string,
  { id, type, data, metadata }: Payload,
): Promise<unknown> {
  const values = [id, streamName, type, JSON.stringify(data), JSON.stringify(metadata)]
  return client.query({ name: 'write', text: WRITE, values })
}

/** What the server does by itself, without a client: writes that commit one by one. */
export function serverLoop(streamName: string, count: number): string {
  return `do $$ begin
    for n in 1..${count} loop
      perform message_store.write_message(gen_random_uuid()::varchar, '${streamName}',
        'FlightDeparted', '${DATA}', '${METADATA}');
      commit;
    end loop;
  end $$`
}

const DATA = JSON.stringify({
  airport: 'SEA',
  destination: 'JFK',
  delay: 12,
  distance: 2421,
  at: '2001-01-10T18:20:00.000Z',
  remarks: 'Waited for a connecting flight; a seat was changed at the gate, twice.',
  crew: [1204, 881, 37, 4501],
})
const METADATA = JSON.stringify({
  correlationStreamName: 'trip-4711',
  causationMessageStreamName: 'gate-B12',
})
