// What a page of a consumer group's member costs with the group's index and without, beside a page of
// the whole category, on an embedded PostgreSQL: `pnpm --filter @mdb/core measure:groups`.
// MESSAGES is how many messages there are: 200000.
import { createConsumerGroupIndex, dropConsumerGroupIndex } from '@mdb/core/migration'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { sql } from 'kysely'

const MESSAGES = Number(process.env['MESSAGES'] ?? 200_000)
const PAGES = 41
const WARM_UP = 10
const SIZES = [2, 4, 16]

await using server = await startEmbeddedPostgres({ durable: true })
await using database = await server.createDatabase()
const { db, store } = database

// About 200 bytes of data and 100 of metadata, streams interleaved.
await sql`insert into message_store.messages (stream_name, position, type, data, metadata)
  select 'flight-' || n % 2000, n / 2000, 'FlightDeparted',
    jsonb_build_object('n', n, 'text', repeat('x', 170)),
    jsonb_build_object('correlationStreamName', 'airport-SEA', 'properties', repeat('y', 50))
  from generate_series(0, ${sql.lit(MESSAGES - 1)}) as n`.execute(db)
await sql`vacuum analyze message_store.messages`.execute(db)

interface Group {
  readonly member: number
  readonly size: number
}

/** Reads page after page, as a consumer does, and starts again at the end. */
function pager(group?: Group): () => Promise<number> {
  let position = 1n
  return async () => {
    const begin = performance.now()
    const messages = await store.getCategoryMessages('flight', { position, consumerGroup: group })
    const time = performance.now() - begin
    position = (messages.length < 1000 ? 0n : (messages.at(-1)?.globalPosition ?? 0n)) + 1n
    return time
  }
}

/** The medians of pages that take turns, so that what else the machine does falls on both. */
async function medians(...groups: readonly (Group | undefined)[]): Promise<number[]> {
  const pagers = groups.map((group) => ({ next: pager(group), times: [] as number[] }))
  for (let page = -WARM_UP; page < PAGES; page += 1) {
    for (const { next, times } of pagers) {
      const time = await next()
      if (page >= 0) times.push(time)
    }
  }
  return pagers.map(({ times }) => {
    const sorted = times.toSorted((a, b) => a - b)
    return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  })
}

const rows: Record<string, object> = {}
for (const size of SIZES) {
  const group = { member: 1, size }
  const [without = Number.NaN] = await medians(group)
  await createConsumerGroupIndex(db, { size })
  const [whole = Number.NaN, indexed = Number.NaN] = await medians(undefined, group)
  await dropConsumerGroupIndex(db, { size })
  rows[`member of ${size}`] = {
    'without index': `${without.toFixed(1)} ms`,
    'with index': `${indexed.toFixed(1)} ms`,
    'whole category': `${whole.toFixed(1)} ms`,
    'with index / whole': (indexed / whole).toFixed(2),
  }
}
console.log(`Medians of ${PAGES} pages of 1,000 messages, of ${MESSAGES} in one category`)
console.table(rows)
