// A category, decoded, by the reader and by the plain forms of pg: `pnpm --filter @mdb/core measure:reads`.
import { createMessageStore, type Message, type MessageIterable } from '@mdb/core'
import { namedStatements } from '@mdb/core/pg'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { compare } from './compare.ts'
import { serverCpu } from './server-cpu.ts'

const MESSAGES = 20_000
const PAGE = 1000
const PLAIN = `select * from message_store.get_category_messages($1, $2, ${PAGE})`

await using server = await startEmbeddedPostgres()
await using database = await server.createDatabase()
const { db, store } = database
await sql`insert into message_store.messages (stream_name, type, position, data, metadata)
  select 'x-' || (n % 1000), 'FlightDeparted', n / 1000,
    jsonb_build_object('airport', 'SEA', 'destination', 'JFK', 'delay', n, 'distance', 2421,
      'at', '2001-01-10T18:20:00.000Z', 'crew', '[1204, 881, 37, 4501]'::jsonb,
      'remarks', 'Waited for a connecting flight; a seat was changed at the gate, twice.'),
    '{"correlationStreamName": "trip-4711", "causationMessageStreamName": "gate-B12"}'
  from generate_series(0, ${MESSAGES - 1}::int4) as n`.execute(db)
await sql`vacuum analyze message_store.messages`.execute(db)

const client = new pg.Client(database.connectionString)
await client.connect()
await client.query('set search_path to message_store, public')
const pool = namedStatements(new pg.Pool({ connectionString: database.connectionString }))
const named = createMessageStore(new Kysely<object>({ dialect: new PostgresDialect({ pool }) }))

type Row = readonly [string, string, string, string, string, string | null, string | null, string]
const raw = { getTypeParser: () => (text: string) => text }

/** The best that pg does by hand: arrays of texts, and our own parsing. */
async function asArrays(position: bigint): Promise<Row[]> {
  const values = ['x', String(position)]
  const query = {
    name: 'read',
    text: PLAIN,
    values,
    rowMode: 'array' as const,
    types: raw as never,
  }
  return (await client.query<never>(query)).rows
}

function fromArray(row: Row): Message {
  return {
    id: row[0],
    streamName: row[1],
    type: row[2],
    position: BigInt(row[3]),
    globalPosition: BigInt(row[4]),
    data: row[5] === null ? undefined : JSON.parse(row[5]),
    metadata: row[6] === null ? undefined : JSON.parse(row[6]),
    time: new Date(`${row[7]}Z`),
  }
}

interface ObjectRow {
  id: string
  stream_name: string
  type: string
  position: string
  global_position: string
  data: string | null
  metadata: string | null
  time: Date
}

/** As anybody writes it, who sets nothing. */
async function asObjects(position: bigint): Promise<ObjectRow[]> {
  const query = { name: 'objects', text: PLAIN, values: ['x', String(position)] }
  return (await client.query<ObjectRow>(query)).rows
}

function fromObject(row: ObjectRow): Message {
  const { id, stream_name: streamName, type, data, metadata, time } = row
  return {
    id,
    streamName,
    type,
    position: BigInt(row.position),
    globalPosition: BigInt(row.global_position),
    data: data === null ? undefined : JSON.parse(data),
    metadata: metadata === null ? undefined : JSON.parse(metadata),
    time,
  }
}

async function byHand<R>(
  fetch: (position: bigint) => Promise<R[]>,
  decode: (row: R) => Message,
  { ahead, positionOf }: { ahead: boolean; positionOf: (row: R) => string },
): Promise<number> {
  let count = 0
  let next: Promise<R[]> | undefined = fetch(1n)
  while (next !== undefined) {
    const rows: R[] = await next
    const last = rows.length === PAGE ? rows.at(-1) : undefined
    const ask = (): Promise<R[]> | undefined =>
      last === undefined ? undefined : fetch(BigInt(positionOf(last)) + 1n)
    next = ahead ? ask() : undefined
    count += rows.map(decode).length
    if (!ahead) next = ask()
  }
  return count
}

async function byMessage(messages: MessageIterable): Promise<number> {
  let count = 0
  for await (const _ of messages) count++
  return count
}

async function byPage(messages: MessageIterable): Promise<number> {
  let count = 0
  for await (const page of messages.pages()) count += page.length
  return count
}

const arrays = { positionOf: (row: Row) => row[4] }
const objects = { positionOf: (row: ObjectRow) => row.global_position }
const best = 'plain pg: arrays, raw types, ahead'
await compare(
  `${MESSAGES} messages of a category, decoded`,
  {
    'plain pg': async () => byHand(asObjects, fromObject, { ...objects, ahead: false }),
    'plain pg: arrays, raw types': async () =>
      byHand(asArrays, fromArray, { ...arrays, ahead: false }),
    [best]: async () => byHand(asArrays, fromArray, { ...arrays, ahead: true }),
    'readCategory, pages': async () => byPage(store.readCategory('x')),
    'readCategory, messages': async () => byMessage(store.readCategory('x')),
    'named: readCategory, pages': async () => byPage(named.readCategory('x')),
    'named: readCategory, messages': async () => byMessage(named.readCategory('x')),
  },
  { against: best, rounds: 31, repeat: 1, serverCpu: async () => serverCpu(db) },
)
await client.end()
await named.db.destroy()
