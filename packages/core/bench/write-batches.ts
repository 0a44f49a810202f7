// A batch of 100 by writeMessages against the plain forms: `pnpm --filter @mdb/core measure:batches`.
import { createMessageStore } from '@mdb/core'
import { namedStatements } from '@mdb/core/pg'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { compare } from './compare.ts'
import { payload } from './payload.ts'
import { serverCpu } from './server-cpu.ts'

const SIZE = 100
const PLAIN = `select message_store.write_message(m->>'id', $1, m->>'type', m->'data', m->'metadata')
  from jsonb_array_elements($2::jsonb) as m`

await using server = await startEmbeddedPostgres({ durable: true })
await using database = await server.createDatabase()
const client = new pg.Client(database.connectionString)
await client.connect()
await client.query('set search_path to message_store, public')
const { store, db } = database
const pool = new pg.Pool({ connectionString: database.connectionString })
const dialect = new PostgresDialect({ pool: namedStatements(pool) })
const named = createMessageStore(new Kysely<object>({ dialect }))

let stream = 0
const next = (): string => `flight-${stream++ % 50}`
const batch = () => Array.from({ length: SIZE }, payload)

await compare(
  `Batches of ${SIZE} to one stream, fsync on`,
  {
    'plain pg, one jsonb': async () => {
      await client.query(PLAIN, [next(), JSON.stringify(batch())])
      return SIZE
    },
    'plain pg, one jsonb, named': async () => {
      const values = [next(), JSON.stringify(batch())]
      await client.query({ name: 'batch', text: PLAIN, values })
      return SIZE
    },
    writeMessages: async () => {
      await store.writeMessages(next(), batch())
      return SIZE
    },
    'writeMessages, named': async () => {
      await named.writeMessages(next(), batch())
      return SIZE
    },
    'writeMessages in a transaction': async () => {
      await db.transaction().execute(async (trx) => store.using(trx).writeMessages(next(), batch()))
      return SIZE
    },
    'writeToStreams, 4 streams of 2 categories': async () => {
      const names = [next(), next(), 'gate-1', 'gate-2']
      await store.writeToStreams(
        batch().map((message, index) => ({ streamName: names[index % 4] as string, message })),
      )
      return SIZE
    },
  },
  { against: 'plain pg, one jsonb', serverCpu: async () => serverCpu(db) },
)
await client.end()
await named.db.destroy()
