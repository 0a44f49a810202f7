import type pg from 'pg'
import type { Contender, Other, Work } from '../harness/work.ts'
import { connect } from '../setup/connect.ts'
import { payloads } from '../setup/payload.ts'
import { openDoughtnerd, openEmmett, openPostgresJs, toEmmett } from '../setup/peers.ts'
import { openStore } from '../setup/toolkit.ts'
import { writePlain } from './plain.ts'

const SIZE = 100
const ONE_JSONB = `select message_store.write_message(m->>'id', $1, m->>'type', m->'data', m->'metadata')
  from jsonb_array_elements($2::jsonb) as m`
const UNNEST = `select message_store.write_message(id, $1, type, data, metadata)
  from unnest($2::varchar[], $3::varchar[], $4::jsonb[], $5::jsonb[]) as m (id, type, data, metadata)`

/** Streams in turn, as many as a writer of batches has. */
function streams(): () => string {
  let next = 0
  return () => {
    next += 1
    return `flight-${next % 50}`
  }
}

type WriteBatch = (client: pg.Client, streamName: string) => Promise<unknown>

function plain(write: WriteBatch): Other {
  return {
    role: 'plain',
    async open(bench): Promise<Contender> {
      const client = await connect(await bench.freshDatabase())
      const stream = streams()
      const run = async (): Promise<number> => {
        await write(client, stream())
        return SIZE
      }
      return { run, close: async () => client.end() }
    },
  }
}

async function awaited(client: pg.Client, streamName: string): Promise<void> {
  await client.query('begin')
  for (const message of payloads(SIZE)) await writePlain(client, streamName, message)
  await client.query('commit')
}

export const batch: Work = {
  name: 'batch',
  title: 'batch of 100, atomic',
  unit: 'messages/s',
  async ours(bench, toolkit) {
    const { store, close } = openStore(toolkit, { connectionString: await bench.freshDatabase() })
    const stream = streams()
    const run = async (): Promise<number> => {
      await store.writeMessages(stream(), payloads(SIZE))
      return SIZE
    }
    return { run, close }
  },
  others: {
    'plain pg, one jsonb': plain(async (client, name) =>
      client.query({
        name: 'batch',
        text: ONE_JSONB,
        values: [name, JSON.stringify(payloads(SIZE))],
      }),
    ),
    'plain pg, unnest': plain(async (client, name) => {
      const all = payloads(SIZE)
      const columns = [
        all.map(({ id }) => id),
        all.map(({ type }) => type),
        all.map(({ data }) => JSON.stringify(data)),
        all.map(({ metadata }) => JSON.stringify(metadata)),
      ]
      return client.query({ name: 'batch', text: UNNEST, values: [name, ...columns] })
    }),
    'plain pg, 100 awaited': plain(awaited),
    'postgres.js, pipelined': {
      role: 'peer',
      async open(bench) {
        const sql = openPostgresJs(await bench.emptyDatabase())
        const stream = streams()
        const run = async (): Promise<number> => {
          const name = stream()
          await sql.begin((trx) =>
            payloads(SIZE).map(
              ({ id, type, data, metadata }) => trx`select write_message(${id}, ${name}, ${type},
                ${trx.json(data as never)}, ${trx.json(metadata as never)})`,
            ),
          )
          return SIZE
        }
        return { run, close: async () => sql.end() }
      },
    },
    'Emmett, its own schema': {
      role: 'peer',
      async open(bench) {
        const { store } = await openEmmett(bench)
        const stream = streams()
        const run = async (): Promise<number> => {
          await store.appendToStream(stream(), payloads(SIZE).map(toEmmett))
          return SIZE
        }
        return { run, close: async () => store.close() }
      },
    },
    'message-store-connector': {
      role: 'peer',
      async open(bench) {
        const { client, close } = await openDoughtnerd(await bench.freshDatabase())
        const stream = streams()
        const run = async (): Promise<number> => {
          await client.writeBatch(stream(), payloads(SIZE))
          return SIZE
        }
        return { run, close }
      },
    },
  },
  goals: [
    {
      against: ['plain pg, one jsonb', 'plain pg, unnest', 'plain pg, 100 awaited'],
      atLeast: 0.95,
    },
  ],
}
