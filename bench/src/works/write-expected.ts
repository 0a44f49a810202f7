import type { Work } from '../harness/work.ts'
import { connect } from '../setup/connect.ts'
import { payload } from '../setup/payload.ts'
import { openDoughtnerd, openEmmett, toEmmett } from '../setup/peers.ts'
import { openStore } from '../setup/toolkit.ts'
import { WRITE_EXPECTING } from './plain.ts'

const STREAM = 'flight-1'

export const writeExpected: Work = {
  name: 'write-expected',
  title: 'write, with an expected version',
  unit: 'messages/s',
  async ours(bench, toolkit) {
    const { store, close } = openStore(toolkit, { connectionString: await bench.freshDatabase() })
    let version = -1n
    const run = async (): Promise<number> => {
      const written = await store.writeMessage(STREAM, payload(), {
        expectedVersion: version === -1n ? 'no-stream' : version,
      })
      version = written.position
      return 1
    }
    return { run, close }
  },
  others: {
    'plain pg': {
      role: 'plain',
      async open(bench) {
        const client = await connect(await bench.freshDatabase())
        let version = -1
        const run = async (): Promise<number> => {
          const { id, type, data, metadata } = payload()
          const [text, meta] = [JSON.stringify(data), JSON.stringify(metadata)]
          const values = [id, STREAM, type, text, meta, version]
          await client.query({ name: 'write', text: WRITE_EXPECTING, values })
          version += 1
          return 1
        }
        return { run, close: async () => client.end() }
      },
    },
    Emmett: {
      role: 'peer',
      async open(bench) {
        const { store } = await openEmmett(bench)
        const written = await store.appendToStream(STREAM, [toEmmett(payload())])
        let version = written.nextExpectedStreamVersion
        const run = async (): Promise<number> => {
          const result = await store.appendToStream(STREAM, [toEmmett(payload())], {
            expectedStreamVersion: version,
          })
          version = result.nextExpectedStreamVersion
          return 1
        }
        return { run, close: async () => store.close() }
      },
    },
    'message-store-connector': {
      role: 'peer',
      async open(bench) {
        const { client, close } = await openDoughtnerd(await bench.freshDatabase())
        let version = -1
        const run = async (): Promise<number> => {
          await client.writeMessage(STREAM, payload() as never, version)
          version += 1
          return 1
        }
        return { run, close }
      },
    },
  },
  goals: [{ against: 'plain pg', atLeast: 0.95 }],
}
