// An import against COPY and against the function: `pnpm --filter @mdb/core measure:import`.
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type ImportedMessage, importMessages } from '@mdb/core'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { sql } from 'kysely'
import { compare } from './compare.ts'
import { payload } from './payload.ts'
import { serverCpu } from './server-cpu.ts'

const COUNT = 10_000
const STREAMS = 500

await using server = await startEmbeddedPostgres({ durable: true })
await using database = await server.createDatabase()
const { store, db } = database
// The server reads the files of COPY itself: the fastest way there is into the same indexes.
const folder = await mkdtemp(join(tmpdir(), 'mdb-import-'))
await chmod(folder, 0o755)

let run = 0
function messages(): ImportedMessage[] {
  run += 1
  return Array.from({ length: COUNT }, (_, number) => ({
    ...payload(),
    streamName: `flight-${run}+${number % STREAMS}`,
  }))
}

const escape = (text: string): string => text.replaceAll('\\', '\\\\')

/** A file for COPY, with positions, made before the clock starts. */
async function copyFile(): Promise<string> {
  const file = join(folder, `${run}.tsv`)
  const lines = messages().map(({ id, streamName, type, data, metadata }, number) =>
    [
      id,
      streamName,
      Math.floor(number / STREAMS),
      type,
      escape(JSON.stringify(data)),
      escape(JSON.stringify(metadata)),
    ].join('\t'),
  )
  await writeFile(file, `${lines.join('\n')}\n`, { mode: 0o644 })
  return file
}
const ROUNDS = 7
const files: string[] = []
for (let round = 0; round <= ROUNDS; round++) files.push(await copyFile())
const sources = Array.from({ length: 3 * (ROUNDS + 1) }, messages)
const next = (): ImportedMessage[] => sources.pop() as ImportedMessage[]

async function* oneByOne(batch: readonly ImportedMessage[]): AsyncGenerator<ImportedMessage> {
  yield* batch
}

await compare(
  `${COUNT} messages of ${STREAMS} streams, fsync on`,
  {
    COPY: async () => {
      await sql`copy message_store.messages (id, stream_name, position, type, data, metadata)
        from ${sql.lit(files.pop())}`.execute(db)
      return COUNT
    },
    'importMessages, 1,000': async () => {
      await importMessages(store, oneByOne(next()))
      return COUNT
    },
    'importMessages, 500': async () => {
      await importMessages(store, oneByOne(next()), { batchSize: 500 })
      return COUNT
    },
    'the function: writeToStreams, 500': async () => {
      const all = next()
      for (let from = 0; from < COUNT; from += 500) {
        const batch = all.slice(from, from + 500)
        await store.writeToStreams(
          batch.map(({ streamName, ...message }) => ({ streamName, message })),
        )
      }
      return COUNT
    },
  },
  { against: 'COPY', rounds: ROUNDS, repeat: 1, serverCpu: async () => serverCpu(db) },
)
await rm(folder, { recursive: true })
