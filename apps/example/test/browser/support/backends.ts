import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'

/** Where the example keeps its data, for a test. */
export interface Place extends AsyncDisposable {
  readonly databaseUrl: string | undefined
  readonly dataDirectory: string
}

export interface Backend {
  readonly backend: string
  readonly name: 'pglite' | 'postgres'
  place(): Promise<Place>
}

export const backends: readonly Backend[] = [
  { backend: 'PGlite, in one process', name: 'pglite', place: pglitePlace },
  { backend: 'PostgreSQL, with a process per member', name: 'postgres', place: postgresPlace },
]

async function pglitePlace(): Promise<Place> {
  const directory = await mkdtemp(`${tmpdir()}/mdb-live-`)
  return {
    databaseUrl: undefined,
    dataDirectory: `${directory}/flights`,
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

async function postgresPlace(): Promise<Place> {
  const server = await startEmbeddedPostgres()
  const { connectionString } = await server.createDatabase()
  return {
    databaseUrl: connectionString,
    dataDirectory: `${tmpdir()}/mdb-live-unused`,
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
