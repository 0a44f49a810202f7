import { CompiledQuery } from 'kysely'
import pg from 'pg'
import type { Work } from '../harness/work.ts'
import { connect } from '../setup/connect.ts'
import { payload } from '../setup/payload.ts'
import {
  openConnector,
  openDoughtnerd,
  openEmmett,
  openPostgresJs,
  toEmmett,
} from '../setup/peers.ts'
import { openStore } from '../setup/toolkit.ts'
import { serverLoop, WRITE, writePlain } from './plain.ts'

const STREAM = 'flight-1'
const LOOP = 50

/** Each contender has a database of its own, so that nobody writes behind another's lock or rows. */
export const writeOne: Work = {
  name: 'write',
  title: 'write, one at a time',
  unit: 'messages/s',
  async ours(bench, toolkit) {
    const { store, close } = openStore(toolkit, { connectionString: await bench.freshDatabase() })
    return { run: async () => (await store.writeMessage(STREAM, payload()), 1), close }
  },
  others: {
    'ours, statements without names': {
      role: 'ours',
      async open(bench) {
        const connectionString = await bench.freshDatabase()
        const { store, close } = openStore(bench.toolkit, { connectionString, named: false })
        return { run: async () => (await store.writeMessage(STREAM, payload()), 1), close }
      },
    },
    'plain pg': {
      role: 'plain',
      async open(bench) {
        const client = await connect(await bench.freshDatabase())
        const run = async (): Promise<number> => (await writePlain(client, STREAM, payload()), 1)
        return { run, close: async () => client.end() }
      },
    },
    'plain pg, on a pool': {
      role: 'plain',
      async open(bench) {
        const pool = new pg.Pool({ connectionString: await bench.freshDatabase(), max: 1 })
        pool.on('error', () => undefined)
        const run = async (): Promise<number> => (await writePlain(pool, STREAM, payload()), 1)
        return { run, close: async () => pool.end() }
      },
    },
    // What is left when the statement is compiled beforehand: its way to a connection and back.
    'Kysely, the same statement': {
      role: 'plain',
      async open(bench) {
        const connectionString = await bench.freshDatabase()
        const { db, close } = openStore(bench.toolkit, { connectionString })
        const run = async (): Promise<number> => {
          const { id, type, data, metadata } = payload()
          const values = [id, STREAM, type, JSON.stringify(data), JSON.stringify(metadata)]
          await db.executeQuery(CompiledQuery.raw(`/* @mdb fixed */ ${WRITE}`, values))
          return 1
        }
        return { run, close }
      },
    },
    'postgres.js': {
      role: 'peer',
      async open(bench) {
        const sql = openPostgresJs(await bench.emptyDatabase())
        const run = async (): Promise<number> => {
          const { id, type, data, metadata } = payload()
          await sql`select write_message(${id}, ${STREAM}, ${type},
            ${sql.json(data as never)}, ${sql.json(metadata as never)})`
          return 1
        }
        return { run, close: async () => sql.end() }
      },
    },
    Emmett: {
      role: 'peer',
      async open(bench) {
        const { store } = await openEmmett(bench)
        const run = async (): Promise<number> => {
          await store.appendToStream(STREAM, [toEmmett(payload())])
          return 1
        }
        return { run, close: async () => store.close() }
      },
    },
    'message-store-connector': {
      role: 'peer',
      async open(bench) {
        const { client, close } = await openDoughtnerd(await bench.freshDatabase())
        const run = async (): Promise<number> => {
          await client.writeMessage(STREAM, payload() as never)
          return 1
        }
        return { run, close }
      },
    },
    'message-db-connector': {
      role: 'peer',
      async open(bench) {
        const { writer, close } = await openConnector(await bench.freshDatabase())
        const run = async (): Promise<number> => {
          await writer.write({ ...payload(), streamName: STREAM } as never)
          return 1
        }
        return { run, close }
      },
    },
    'server alone': {
      role: 'limit',
      async open(bench) {
        const client = await connect(await bench.freshDatabase())
        const run = async (): Promise<number> => {
          await client.query(serverLoop(STREAM, LOOP))
          return LOOP
        }
        return { run, close: async () => client.end() }
      },
    },
  },
  goals: [{ against: 'plain pg', atLeast: 0.95 }],
}
