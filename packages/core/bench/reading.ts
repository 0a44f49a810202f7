// How fast a category is read, page by page, with the next page fetched ahead and without.
// Run: node --conditions @mdb/source bench/reading.ts
import type { Message, MessageIterable } from '@mdb/core'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { sql } from 'kysely'

const MESSAGES = 100_000
const ROUNDS = 5

await using server = await startEmbeddedPostgres()
await using database = await server.createDatabase()
const { db, store } = database
await sql`insert into message_store.messages (stream_name, type, position, data, metadata)
  select 'x-' || (n % 1000), 'FlightDeparted', n / 1000,
    jsonb_build_object('text', repeat('x', 100), 'delay', n, 'from', 'SEA', 'to', 'JFK'),
    jsonb_build_object('correlationStreamName', 'flight-1', 'properties', repeat('y', 40))
  from generate_series(0, ${MESSAGES - 1}::int4) as n`.execute(db)
await sql`analyze message_store.messages`.execute(db)

async function byMessage(messages: MessageIterable): Promise<number> {
  let count = 0
  for await (const _ of messages) count++
  return count
}

async function byPage(messages: MessageIterable, wait = 0): Promise<number> {
  let count = 0
  for await (const page of messages.pages()) {
    count += page.length
    if (wait > 0) await new Promise((resolve) => void setTimeout(resolve, wait))
  }
  return count
}

async function byHand(): Promise<number> {
  let count = 0
  let page: Message[]
  let position = 1n
  do {
    page = await store.getCategoryMessages('x', { position })
    count += page.length
    position = (page.at(-1)?.globalPosition ?? 0n) + 1n
  } while (page.length === 1000)
  return count
}

const none = { prefetch: false }
const ways: Record<string, () => Promise<number>> = {
  'a loop by hand': byHand,
  'by message, fetching ahead': async () => byMessage(store.readCategory('x')),
  'by message': async () => byMessage(store.readCategory('x', none)),
  'by page, fetching ahead': async () => byPage(store.readCategory('x')),
  'by page': async () => byPage(store.readCategory('x', none)),
  'by page, 5 ms each, fetching ahead': async () => byPage(store.readCategory('x'), 5),
  'by page, 5 ms each': async () => byPage(store.readCategory('x', none), 5),
  'backward, fetching ahead': async () =>
    byMessage(store.readCategory('x', { direction: 'backward' })),
}

const rates = new Map<string, number[]>()
for (let round = 0; round <= ROUNDS; round++) {
  for (const [name, way] of Object.entries(ways)) {
    const start = performance.now()
    const count = await way()
    if (count !== MESSAGES) throw new Error(`${name} read ${count} messages`)
    // The first round warms up.
    const rate = (count / (performance.now() - start)) * 1000
    if (round > 0) rates.set(name, [...(rates.get(name) ?? []), rate])
  }
}
for (const [name, measured] of rates) {
  const median = measured.toSorted((a, b) => a - b)[Math.floor(ROUNDS / 2)] ?? 0
  console.log(`${name.padEnd(36)} ${Math.round(median)} messages a second`)
}
