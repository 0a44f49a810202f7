import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readFlights } from '../src/flights.ts'
import { readOptions, type Options } from '../src/options.ts'
import { expectAsInFile } from './support/expect-as-in-file.ts'
import { startExample } from './support/start-example.ts'

const limit = 2_000

/** What to wait for before the kill: in each step, early and late. */
const killPoints = [
  'Write flights 20 %',
  'Write flights 70 %',
  'Project delays 20 %',
  'Project delays 80 %',
  // Of these there are so few that it is begun and done.
  'Count alerts',
]

interface Place extends AsyncDisposable {
  readonly options: Options
}

describe.each([
  { backend: 'PGlite on disk', place: pglitePlace },
  { backend: 'PostgreSQL by DATABASE_URL', place: postgresPlace },
  { backend: 'PostgreSQL of its own', place: embeddedPlace },
])('on $backend', ({ place }) => {
  let options: Options
  let opened: Place

  beforeAll(async () => {
    opened = await place()
    options = opened.options
  })
  afterAll(() => opened[Symbol.asyncDispose]())

  const start = (killAt?: string) =>
    startExample({
      args: [
        ...(options.embedded ? ['--embedded'] : []),
        `--limit=${limit}`,
        `--data-dir=${options.dataDirectory}`,
      ],
      databaseUrl: options.databaseUrl,
      killAt,
    })

  test('killed again and again, it ends with the totals of an undisturbed run', async () => {
    for (const killAt of killPoints) {
      const killed = await start(killAt)
      expect(killed, killed.output).toMatchObject({ code: null, signal: 'SIGKILL' })
      expect(killed.output).not.toContain('as in the file')
    }
    const finished = await start()
    expect(finished, finished.output).toMatchObject({ code: 0, signal: null })
    expect(finished.output).toContain('the same as in the file')
    await expectAsInFile(options, (await readFlights()).slice(0, limit))
  }, 240_000)

  test('started once more, it has nothing to do and changes nothing', async () => {
    const again = await start()
    expect(again, again.output).toMatchObject({ code: 0 })
    expect(again.output).toContain('Nothing new')
    await expectAsInFile(options, (await readFlights()).slice(0, limit))
  }, 60_000)
})

async function pglitePlace(): Promise<Place> {
  const directory = await mkdtemp(`${tmpdir()}/mdb-example-`)
  return {
    options: readOptions(['--data-dir', `${directory}/flights`], {}),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

async function embeddedPlace(): Promise<Place> {
  const directory = await mkdtemp(`${tmpdir()}/mdb-example-`)
  // Its own user must get there: PostgreSQL does not run as root.
  await chmod(directory, 0o755)
  return {
    options: readOptions(['--embedded', '--data-dir', `${directory}/flights`], {}),
    [Symbol.asyncDispose]: () => rm(directory, { recursive: true }),
  }
}

async function postgresPlace(): Promise<Place> {
  const server = await startEmbeddedPostgres()
  const { connectionString } = await server.createDatabase()
  return {
    options: readOptions([], { DATABASE_URL: connectionString }),
    [Symbol.asyncDispose]: () => server.stop(),
  }
}
