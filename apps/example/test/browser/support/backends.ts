import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'

export type Speed = 'Hold' | '20' | '100' | '500' | '2,000'

/** Where the example keeps its data, for a test. */
export interface Place extends AsyncDisposable {
  readonly databaseUrl: string | undefined
  readonly dataDirectory: string
}

export interface Backend {
  readonly title: string
  /** Of the pictures. */
  readonly name: 'pglite' | 'postgres'
  /**
   * Flights per second, as the page names them: many, so many that the consumers keep up, and two that
   * only one test chooses.
   */
  readonly speeds: {
    readonly fast: Speed
    readonly steady: Speed
    readonly others: readonly [Speed, Speed]
  }
  place(): Promise<Place>
}

export const onPGlite: Backend = {
  title: 'PGlite, in one process',
  name: 'pglite',
  // The server, the writer and all consumers share one thread with the database.
  speeds: { fast: '100', steady: '20', others: ['2,000', '500'] },
  place: pglitePlace,
}

export const onPostgres: Backend = {
  title: 'PostgreSQL, with a process per member',
  name: 'postgres',
  // Slow enough that the file outlasts the suites on a busy machine.
  speeds: { fast: '2,000', steady: '100', others: ['20', '500'] },
  place: postgresPlace,
}

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
