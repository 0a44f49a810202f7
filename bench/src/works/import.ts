import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { ImportedMessage } from '@mdb/core'
import { from as copyFrom } from 'pg-copy-streams'
import type { Work } from '../harness/work.ts'
import { connect } from '../setup/connect.ts'
import { payload, payloads } from '../setup/payload.ts'
import { openEmmett, toEmmett } from '../setup/peers.ts'
import { openStore } from '../setup/toolkit.ts'

const STREAMS = 500
const COLUMNS = 'message_store.messages (id, stream_name, position, type, data, metadata)'

let runs = 0
/** Messages of streams that nobody has written to, interleaved. */
function history(count: number): ImportedMessage[] {
  runs += 1
  const prefix = `flight-${runs}+`
  return Array.from({ length: count }, (_, number) => ({
    ...payload(),
    streamName: `${prefix}${number % STREAMS}`,
  }))
}

const escaped = (value: unknown): string => JSON.stringify(value).replaceAll('\\', '\\\\')

/** The same as COPY takes it, positions included. */
function copyText(count: number): string {
  const lines = history(count).map(({ id, streamName, type, data, metadata }, number) => {
    const position = Math.floor(number / STREAMS)
    return [id, streamName, position, type, escaped(data), escaped(metadata)].join('\t')
  })
  return `${lines.join('\n')}\n`
}

/** What is imported is made before the clock starts, for everybody. */
export const bulkImport: Work = {
  name: 'import',
  title: 'import in bulk',
  unit: 'messages/s',
  async ours({ freshDatabase, scale }, { core, ...toolkit }) {
    const connectionString = await freshDatabase()
    const { store, close } = openStore({ core, ...toolkit }, { connectionString, max: 2 })
    let next: ImportedMessage[] = []
    return {
      arrange: async () => void (next = history(scale.import)),
      async run() {
        await core.importMessages(store, next)
        return scale.import
      },
      close,
    }
  },
  others: {
    'ours, writeToStreams by 500': {
      role: 'ours',
      async open({ freshDatabase, scale, toolkit }) {
        const { store, close } = openStore(toolkit, { connectionString: await freshDatabase() })
        let next: ImportedMessage[] = []
        return {
          arrange: async () => void (next = history(scale.import)),
          async run() {
            for (let from = 0; from < next.length; from += 500) {
              const batch = next.slice(from, from + 500)
              await store.writeToStreams(
                batch.map(({ streamName, ...message }) => ({ streamName, message })),
              )
            }
            return next.length
          },
          close,
        }
      },
    },
    'Emmett, batches of 500': {
      role: 'peer',
      async open(bench) {
        const { store } = await openEmmett(bench)
        let next: ReturnType<typeof toEmmett>[] = []
        let stream = 0
        return {
          arrange: async () => void (next = payloads(bench.scale.import).map(toEmmett)),
          async run() {
            for (let from = 0; from < next.length; from += 500) {
              stream += 1
              await store.appendToStream(`flight-${stream}`, next.slice(from, from + 500))
            }
            return next.length
          },
          close: async () => store.close(),
        }
      },
    },
    'COPY from the client': {
      role: 'limit',
      async open({ freshDatabase, scale }) {
        const client = await connect(await freshDatabase())
        let next = ''
        return {
          arrange: async () => void (next = copyText(scale.import)),
          async run() {
            await pipeline(
              Readable.from([next]),
              client.query(copyFrom(`copy ${COLUMNS} from stdin`)),
            )
            return scale.import
          },
          close: async () => client.end(),
        }
      },
    },
    "COPY of the server's file": {
      role: 'limit',
      async open({ freshDatabase, scale }) {
        const client = await connect(await freshDatabase())
        const folder = await mkdtemp(join(tmpdir(), 'mdb-bench-'))
        // The server, which is another user where this one is root, reads it.
        await chmod(folder, 0o755)
        const file = join(folder, 'messages.tsv')
        return {
          arrange: async () => writeFile(file, copyText(scale.import), { mode: 0o644 }),
          async run() {
            await client.query(`copy ${COLUMNS} from '${file}'`)
            return scale.import
          },
          async close() {
            await client.end()
            await rm(folder, { recursive: true })
          },
        }
      },
    },
  },
  goals: [
    { against: 'Emmett, batches of 500', atLeast: 1 },
    { against: ['COPY from the client', "COPY of the server's file"], atLeast: 0.8 },
  ],
}
