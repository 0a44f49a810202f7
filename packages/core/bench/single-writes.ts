// Messages one at a time, against named statements by hand: `pnpm --filter @mdb/core measure:writes`.
import { createMessageStore } from '@mdb/core'
import { namedStatements } from '@mdb/core/pg'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { CompiledQuery, Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { compare } from './compare.ts'
import { payload } from './payload.ts'
import { serverCpu } from './server-cpu.ts'

const WRITERS = 8
const EACH = 30
const TEXT = 'select message_store.write_message($1, $2, $3, $4, $5, $6)'

await using server = await startEmbeddedPostgres({ durable: true })
await using database = await server.createDatabase()
const { store, db } = database
const { connectionString = '' } = database
const url = new URL(connectionString)
url.searchParams.set('options', '-c search_path=message_store,public')
const pool = new pg.Pool({ connectionString: url.href, max: WRITERS })
const through = new Kysely<object>({
  dialect: new PostgresDialect({
    pool: namedStatements(new pg.Pool({ connectionString: url.href, max: WRITERS })),
  }),
})
const named = createMessageStore(
  new Kysely<object>({
    dialect: new PostgresDialect({
      pool: namedStatements(new pg.Pool({ connectionString, max: WRITERS })),
    }),
  }),
)

type Write = (streamName: string, expectedVersion: bigint | undefined) => Promise<unknown>

function valuesOf(streamName: string, expectedVersion: bigint | undefined): unknown[] {
  const { id, type, data, metadata } = payload()
  const version = expectedVersion === undefined ? null : String(expectedVersion)
  return [id, streamName, type, JSON.stringify(data), JSON.stringify(metadata), version]
}

const plain: Write = async (streamName, version) =>
  pool.query({ name: 'write', text: TEXT, values: valuesOf(streamName, version) })
// What is left when the statement is compiled beforehand: Kysely's own way to a connection and back.
const kysely: Write = async (streamName, version) =>
  through.executeQuery(CompiledQuery.raw(`/* @mdb fixed */ ${TEXT}`, valuesOf(streamName, version)))
const ours: Write = async (name, expectedVersion) =>
  store.writeMessage(name, payload(), { expectedVersion })
const oursNamed: Write = async (name, expectedVersion) =>
  named.writeMessage(name, payload(), { expectedVersion })

let run = 0
const alone = (write: Write) => async (): Promise<number> => {
  run += 1
  for (let n = 0; n < EACH; n++) await write(`alone-${run}+${n % 10}`, undefined)
  return EACH
}
const expecting = (write: Write) => async (): Promise<number> => {
  run += 1
  for (let n = 0; n < EACH; n++) await write(`alone-${run}`, BigInt(n) - 1n)
  return EACH
}
const together = (write: Write, categoryOf: (writer: number) => string) => async () => {
  const writers = Array.from({ length: WRITERS }, async (_, writer) => {
    for (let n = 0; n < EACH; n++) await write(`${categoryOf(writer)}-${writer}`, undefined)
  })
  await Promise.all(writers)
  return WRITERS * EACH
}

const settings = { alone, expecting } as const
const writes = {
  'plain pg, named': plain,
  'Kysely, the same statement': kysely,
  writeMessage: ours,
  'writeMessage, named': oursNamed,
}
const options = { against: 'plain pg, named', repeat: 1, serverCpu: async () => serverCpu(db) }
const forms = (make: (write: Write) => () => Promise<number>) =>
  Object.fromEntries(Object.entries(writes).map(([name, write]) => [name, make(write)]))

for (const [name, make] of Object.entries(settings)) {
  await compare(`One at a time, ${name}, fsync on`, forms(make), { ...options, rounds: 25 })
}
await compare(
  '8 writers, one category, fsync on',
  forms((write) => together(write, () => 'one')),
  { ...options, rounds: 11 },
)
await compare(
  '8 writers, 8 categories, fsync on',
  forms((write) => together(write, (writer) => `many${writer}`)),
  { ...options, rounds: 15 },
)
await Promise.all([pool.end(), through.destroy(), named.db.destroy()])
