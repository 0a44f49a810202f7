// 64 writers in one category: `pnpm --filter @mdb/core measure:group-writer`.
import { createGroupWriter } from '@mdb/core'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import pg from 'pg'
import { compare } from './compare.ts'
import { payload } from './payload.ts'

const WRITERS = 64
const EACH = 15
const PLAIN = 'select message_store.write_message($1, $2, $3, $4, $5)'

await using server = await startEmbeddedPostgres({ durable: true })
await using database = await server.createDatabase()
const { store } = database
const url = new URL(database.connectionString as string)
url.searchParams.set('options', '-c search_path=message_store,public')

/** Runs the writers at once, each of which writes one message after the other to its own stream. */
async function run(write: (streamName: string) => Promise<unknown>): Promise<number> {
  await Promise.all(
    Array.from({ length: WRITERS }, async (_, writer) => {
      for (let message = 0; message < EACH; message++) await write(`flight-${writer}`)
    }),
  )
  return WRITERS * EACH
}

function plain(connections: number): { form: () => Promise<number>; pool: pg.Pool } {
  const pool = new pg.Pool({ connectionString: url.href, max: connections })
  const form = async (): Promise<number> =>
    run(async (streamName) => {
      const { id, type, data, metadata } = payload()
      const values = [id, streamName, type, JSON.stringify(data), JSON.stringify(metadata)]
      await pool.query({ name: 'write', text: PLAIN, values })
    })
  return { form, pool }
}

const eight = plain(8)
const sixtyFour = plain(WRITERS)
const writer = createGroupWriter(store)

await compare(
  `${WRITERS} writers, one category, fsync on`,
  {
    'plain pg, 8 connections': eight.form,
    'plain pg, 64 connections': sixtyFour.form,
    'group writer': async () => run(async (name) => writer.writeMessage(name, payload())),
    'group writer, idempotent': async () =>
      run(async (name) => writer.writeMessage(name, payload(), { idempotent: true })),
  },
  { against: 'plain pg, 8 connections', rounds: 11, repeat: 1 },
)
await writer.close()
await eight.pool.end()
await sixtyFour.pool.end()
