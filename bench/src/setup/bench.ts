import { type EmbeddedServer, startEmbeddedPostgres } from '@mdb/testing/embedded'
import { processorReader, type ReadProcessor } from '../harness/processor.ts'
import { connect } from './connect.ts'
import { type History, makeHistory } from './history.ts'
import { ownToolkit, type Toolkit } from './toolkit.ts'

export interface Scale {
  /** Messages of the history that reads and subscriptions run over. */
  readonly history: number
  /** Messages that a read of one turn takes. */
  readonly read: number
  /** Messages that an import of one turn takes. */
  readonly import: number
}

/** What a work's contenders share: one server, and databases on it. */
export interface Bench extends AsyncDisposable {
  readonly server: EmbeddedServer
  readonly scale: Scale
  /** Our packages, of this checkout. */
  readonly toolkit: Toolkit
  /** A fresh database with Message DB in it: its address, with the search path set. */
  readonly freshDatabase: () => Promise<string>
  /** A fresh database without a search path, for those with tables of their own. */
  readonly emptyDatabase: () => Promise<string>
  /** The history, made when it is first asked for. */
  readonly history: () => Promise<History>
  /** What this process and the server's sessions have taken of the processor so far. */
  readonly readProcessor: ReadProcessor
}

/** The durable settings of the server, and room for everybody's connections. */
const FLAGS = ['-c', 'max_connections=250', '-c', 'shared_buffers=256MB', '-c', 'jit=off']

export async function startBench(scale: Scale): Promise<Bench> {
  const toolkit = await ownToolkit()
  const server = await startEmbeddedPostgres({ durable: true, postgresFlags: FLAGS })
  const emptyDatabase = async (): Promise<string> => {
    const { connectionString } = await server.createDatabase({ leaks: 'cut' })
    return connectionString as string
  }
  const freshDatabase = async (): Promise<string> => withSearchPath(await emptyDatabase())
  const watching = await connect(await emptyDatabase())
  let history: Promise<History> | undefined
  return {
    server,
    scale,
    toolkit,
    emptyDatabase,
    freshDatabase,
    history: async () => (history ??= makeHistory(freshDatabase, scale.history)),
    readProcessor: processorReader(watching),
    async [Symbol.asyncDispose]() {
      await watching.end()
      await server.stop()
    },
  }
}

/** Every contender's sessions find the functions, so that none has to say where they are. */
export function withSearchPath(address: string): string {
  const url = new URL(address)
  url.searchParams.set('options', '-c search_path=message_store,public')
  return url.href
}
