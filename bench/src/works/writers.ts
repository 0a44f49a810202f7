import pg from 'pg'
import type { Contender, Other, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import { connect } from '../setup/connect.ts'
import { payload } from '../setup/payload.ts'
import { openEmmett, toEmmett } from '../setup/peers.ts'
import { openStore } from '../setup/toolkit.ts'
import { serverLoop, writePlain } from './plain.ts'

interface Writers {
  readonly writers: number
  /** How many messages each of them writes, one after the other, in one turn. */
  readonly each: number
  readonly streamOf: (writer: number) => string
}

type WriteTo = (streamName: string) => Promise<unknown>

/** All write at once, each to a stream of its own. */
function atOnce({ writers, each, streamOf }: Writers, write: WriteTo): () => Promise<number> {
  const one = async (writer: number): Promise<void> => {
    const name = streamOf(writer)
    for (let message = 0; message < each; message += 1) await write(name)
  }
  return async () => {
    await Promise.all(Array.from({ length: writers }, async (_, writer) => one(writer)))
    return writers * each
  }
}

function plain(shape: Writers, max: number): Other {
  return {
    role: 'plain',
    async open(bench: Bench): Promise<Contender> {
      const pool = new pg.Pool({ connectionString: await bench.freshDatabase(), max })
      pool.on('error', () => undefined)
      const run = atOnce(shape, async (name) => writePlain(pool, name, payload()))
      return { run, close: async () => pool.end() }
    },
  }
}

function emmett(shape: Writers): Other {
  return {
    role: 'peer',
    async open(bench) {
      const { store } = await openEmmett(bench)
      const run = atOnce(shape, async (name) => store.appendToStream(name, [toEmmett(payload())]))
      return { run, close: async () => store.close() }
    },
  }
}

function serverAlone({ writers, each, streamOf }: Writers): Other {
  return {
    role: 'limit',
    async open(bench) {
      const url = await bench.freshDatabase()
      const clients = await Promise.all(Array.from({ length: writers }, async () => connect(url)))
      const run = async (): Promise<number> => {
        const loop = async (client: pg.Client, writer: number): Promise<unknown> =>
          client.query(serverLoop(streamOf(writer), each))
        await Promise.all(clients.map(loop))
        return writers * each
      }
      return { run, close: async () => Promise.all(clients.map(async (client) => client.end())) }
    },
  }
}

const oneCategory: Writers = { writers: 8, each: 16, streamOf: (writer) => `flight-${writer}` }
const eightCategories: Writers = { writers: 8, each: 32, streamOf: (writer) => `gate${writer}-1` }

function eightWriters(shape: Writers): Pick<Work, 'unit' | 'ours' | 'others'> {
  return {
    unit: 'messages/s',
    async ours(bench, toolkit) {
      const connectionString = await bench.freshDatabase()
      const { store, close } = openStore(toolkit, { connectionString, max: 8 })
      return { run: atOnce(shape, async (name) => store.writeMessage(name, payload())), close }
    },
    others: {
      'plain pg': plain(shape, 8),
      Emmett: emmett(shape),
      'server alone': serverAlone(shape),
    },
  }
}

export const writersOneCategory: Work = {
  name: 'writers-1-category',
  title: '8 writers, one category',
  ...eightWriters(oneCategory),
  goals: [{ against: 'plain pg', atLeast: 0.95 }],
}

export const writersEightCategories: Work = {
  name: 'writers-8-categories',
  title: '8 writers, 8 categories',
  ...eightWriters(eightCategories),
  goals: [{ against: 'plain pg', atLeast: 0.95 }],
}

const crowd: Writers = { writers: 64, each: 8, streamOf: (writer) => `flight-${writer}` }

export const groupCommit: Work = {
  name: 'group-commit',
  title: '64 writers, one category, gathered',
  unit: 'messages/s',
  async ours(bench, toolkit) {
    const connectionString = await bench.freshDatabase()
    const opened = openStore(toolkit, { connectionString, max: 8 })
    const writer = toolkit.core.createGroupWriter(opened.store)
    const run = atOnce(crowd, async (name) => writer.writeMessage(name, payload()))
    const close = async (): Promise<void> => {
      await writer.close()
      await opened.close()
    }
    return { run, close }
  },
  others: {
    'ours, idempotent': {
      role: 'ours',
      async open(bench) {
        const connectionString = await bench.freshDatabase()
        const { store, close } = openStore(bench.toolkit, { connectionString, max: 8 })
        const writer = bench.toolkit.core.createGroupWriter(store)
        const run = atOnce(crowd, async (name) =>
          writer.writeMessage(name, payload(), { idempotent: true }),
        )
        return { run, close: async () => writer.close().then(close) }
      },
    },
    'plain pg': plain(crowd, 8),
    'plain pg, 64 connections': plain(crowd, 64),
    Emmett: emmett(crowd),
  },
  goals: [{ against: ['plain pg', 'plain pg, 64 connections'], atLeast: 3 }],
}
