import type { MessageIterable, ReadCategoryOptions } from '@mdb/core'
import { to as copyTo } from 'pg-copy-streams'
import type { Contender, Other, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import { connect } from '../setup/connect.ts'
import {
  openConnector,
  openDoughtnerd,
  openEmmett,
  openPostgresJs,
  toEmmett,
} from '../setup/peers.ts'
import { STREAM_LENGTH } from '../setup/history.ts'
import { payloads } from '../setup/payload.ts'
import { openStore, type Toolkit } from '../setup/toolkit.ts'
import {
  CATEGORY_PAGE,
  decodeObject,
  type ObjectRow,
  PAGE,
  readAhead,
  STREAM_PAGE,
} from './plain-read.ts'

/** What is read, and where its first page begins and the next one. */
interface Reading {
  readonly kind: 'category' | 'stream'
  readonly name: string
  readonly text: string
  readonly first: bigint
  readonly count: number
  readonly place: 'globalPosition' | 'position'
}

function readingOf(kind: Reading['kind'], { scale }: Bench): Reading {
  return kind === 'category'
    ? {
        kind,
        name: 'flight',
        text: CATEGORY_PAGE,
        first: 1n,
        count: scale.read,
        place: 'globalPosition',
      }
    : {
        kind,
        name: 'long-1',
        text: STREAM_PAGE,
        first: 0n,
        count: STREAM_LENGTH,
        place: 'position',
      }
}

async function pagesOf(messages: MessageIterable): Promise<number> {
  let count = 0
  for await (const page of messages.pages()) count += page.length
  return count
}

async function countOf(messages: MessageIterable): Promise<number> {
  let count = 0
  for await (const _ of messages) count += 1
  return count
}

type Consume = (messages: MessageIterable) => Promise<number>

async function openOurs(
  kind: Reading['kind'],
  [bench, toolkit]: [Bench, Toolkit],
  consume: Consume,
  options: Pick<ReadCategoryOptions, 'prefetch'> = {},
): Promise<Contender> {
  const { url } = await bench.history()
  const { store, close } = openStore(toolkit, { connectionString: url })
  const { name, count } = readingOf(kind, bench)
  const run = async (): Promise<number> =>
    consume(
      kind === 'category'
        ? store.readCategory(name, { ...options, limit: count })
        : store.readStream(name, { ...options, limit: count }),
    )
  return { run, close }
}

/** Reads page after page, of rows that the reader has decoded. */
async function inPages(
  { first, count }: Reading,
  page: (position: bigint) => Promise<{ readonly read: number; readonly next: bigint }>,
): Promise<number> {
  let position = first
  let total = 0
  while (total < count) {
    const { read, next } = await page(position)
    if (read === 0) break
    total += read
    position = next
  }
  return total
}

const plain = (kind: Reading['kind']): Other => ({
  role: 'plain',
  async open(bench) {
    const { url } = await bench.history()
    const client = await connect(url)
    const reading = readingOf(kind, bench)
    const run = async (): Promise<number> =>
      inPages(reading, async (position) => {
        const values = [reading.name, position.toString(), PAGE]
        const query = { name: kind, text: reading.text, values }
        const rows = (await client.query<ObjectRow>(query)).rows.map(decodeObject) as ObjectRow[]
        const last = rows.at(-1)
        const place = kind === 'category' ? last?.global_position : last?.position
        return { read: rows.length, next: BigInt(place ?? 0) + 1n }
      })
    return { run, close: async () => client.end() }
  },
})

const plainAhead = (kind: Reading['kind']): Other => ({
  role: 'plain',
  async open(bench) {
    const { url } = await bench.history()
    const client = await connect(url)
    const reading = readingOf(kind, bench)
    const run = async (): Promise<number> =>
      readAhead(client, reading, (last) => last[reading.place] + 1n)
    return { run, close: async () => client.end() }
  },
})

const postgresJs = (kind: Reading['kind']): Other => ({
  role: 'peer',
  async open(bench) {
    const { url } = await bench.history()
    const sql = openPostgresJs(new URL(url).href.split('?')[0] as string)
    const reading = readingOf(kind, bench)
    const run = async (): Promise<number> =>
      inPages(reading, async (position) => {
        const at = position.toString()
        const rows =
          kind === 'category'
            ? await sql<
                ObjectRow[]
              >`select * from get_category_messages(${reading.name}, ${at}, ${PAGE})`
            : await sql<
                ObjectRow[]
              >`select * from get_stream_messages(${reading.name}, ${at}, ${PAGE})`
        const decoded = rows.map(decodeObject) as ObjectRow[]
        const last = decoded.at(-1)
        const place = kind === 'category' ? last?.global_position : last?.position
        return { read: decoded.length, next: BigInt(place ?? 0) + 1n }
      })
    return { run, close: async () => sql.end() }
  },
})

const doughtnerd = (kind: Reading['kind']): Other => ({
  role: 'peer',
  async open(bench) {
    const { url } = await bench.history()
    const { client, close } = await openDoughtnerd(url)
    const reading = readingOf(kind, bench)
    const run = async (): Promise<number> =>
      inPages(reading, async (position) => {
        const options = { startingPosition: Number(position), batchSize: PAGE }
        const messages =
          kind === 'category'
            ? await client.getCategoryMessages(reading.name, options)
            : await client.getStreamMessages(reading.name, options)
        return { read: messages.length, next: BigInt(messages.at(-1)?.[reading.place] ?? 0) + 1n }
      })
    return { run, close }
  },
})

const connector = (kind: Reading['kind']): Other => ({
  role: 'peer',
  async open(bench) {
    const { url } = await bench.history()
    const { reader, close } = await openConnector(url)
    const reading = readingOf(kind, bench)
    const run = async (): Promise<number> =>
      inPages(reading, async (position) => {
        const messages = await reader.getStreamMessages(reading.name, Number(position), PAGE)
        return { read: messages.length, next: BigInt(messages.at(-1)?.[reading.place] ?? 0) + 1n }
      })
    return { run, close }
  },
})

/** The server's own way out: the same function, its rows as text, counted and thrown away. */
const copy = (kind: Reading['kind']): Other => ({
  role: 'limit',
  async open(bench) {
    const { url } = await bench.history()
    const client = await connect(url)
    const { name, first, count } = readingOf(kind, bench)
    const text = `copy (select * from message_store.get_${kind}_messages('${name}', ${first}, ${count})) to stdout`
    const run = async (): Promise<number> => {
      const stream = client.query(copyTo(text))
      stream.resume()
      await new Promise((resolve, reject) => void stream.on('end', resolve).on('error', reject))
      return stream.rowCount
    }
    return { run, close: async () => client.end() }
  },
})

const emmettStream: Other = {
  role: 'peer',
  async open(bench) {
    const { store } = await openEmmett(bench)
    for (let from = 0; from < STREAM_LENGTH; from += 500) {
      await store.appendToStream('long-1', payloads(500).map(toEmmett))
    }
    const run = async (): Promise<number> => (await store.readStream('long-1')).events.length
    return { run, close: async () => store.close() }
  },
}

function reading(kind: Reading['kind']): Pick<Work, 'unit' | 'ours' | 'others' | 'goals'> {
  return {
    unit: 'messages/s',
    ours: async (...given) => openOurs(kind, given, pagesOf),
    others: {
      'ours, message by message': {
        role: 'ours',
        open: async (bench) => openOurs(kind, [bench, bench.toolkit], countOf),
      },
      'ours, no page ahead': {
        role: 'ours',
        open: async (bench) => openOurs(kind, [bench, bench.toolkit], pagesOf, { prefetch: false }),
      },
      'plain pg': plain(kind),
      'plain pg, arrays, page ahead': plainAhead(kind),
      'postgres.js': postgresJs(kind),
      'message-store-connector': doughtnerd(kind),
      'message-db-connector': connector(kind),
      COPY: copy(kind),
    },
    goals: [{ against: ['plain pg', 'plain pg, arrays, page ahead'], atLeast: 0.95 }],
  }
}

export const readCategory: Work = {
  name: 'read-category',
  title: 'read a category, decoded',
  ...reading('category'),
}

const streamReading = reading('stream')
export const readStream: Work = {
  name: 'read-stream',
  title: 'read a stream, decoded',
  ...streamReading,
  others: { ...streamReading.others, Emmett: emmettStream },
}
