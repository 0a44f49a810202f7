import { connect } from './connect.ts'

/** A long history: the stream `long-1`, and behind it `flight`, of 2,000 streams. */
export interface History {
  readonly url: string
  /** The same, for a consumer group's index. */
  readonly indexed: string
  /** The global position of the first message of `flight`, and of the last: there are no gaps. */
  readonly first: bigint
  readonly last: bigint
  readonly category: 'flight'
  readonly stream: 'long-1'
}

/** How many messages the long stream has. */
export const STREAM_LENGTH = 10_000

export async function makeHistory(
  freshDatabase: () => Promise<string>,
  messages: number,
): Promise<History> {
  const databases = [await freshDatabase(), await freshDatabase()] as const
  for (const url of databases) await fill(url, messages)
  return {
    url: databases[0],
    indexed: databases[1],
    first: BigInt(STREAM_LENGTH + 1),
    last: BigInt(STREAM_LENGTH + messages),
    category: 'flight',
    stream: 'long-1',
  }
}

async function fill(url: string, messages: number): Promise<void> {
  const client = await connect(url)
  await client.query(
    `insert into message_store.messages (stream_name, position, type, data, metadata)
      ${rowsOf("'long-1'", 'n', STREAM_LENGTH)}`,
  )
  await client.query(
    `insert into message_store.messages (stream_name, position, type, data, metadata)
      ${rowsOf("'flight-' || n % 2000", 'n / 2000', messages)}`,
  )
  await client.query('vacuum analyze message_store.messages')
  await client.query('checkpoint')
  await client.end()
}

/** About 200 bytes of data and 100 of metadata, as `payload` has. */
export function rowsOf(streamName: string, position: string, count: number): string {
  return `select ${streamName}, ${position}, 'FlightDeparted',
    jsonb_build_object('airport', 'SEA', 'destination', 'JFK', 'delay', n % 60, 'distance', 2421,
      'at', '2001-01-10T18:20:00.000Z', 'crew', jsonb_build_array(1204, 881, 37, 4501),
      'remarks', 'Waited for a connecting flight; a seat was changed at the gate, twice.'),
    jsonb_build_object('correlationStreamName', 'trip-4711',
      'causationMessageStreamName', 'gate-B12')
    from generate_series(0, ${count - 1}) as n`
}
