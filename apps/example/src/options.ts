import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  readonly help: boolean
  /** Without the page: all flights as fast as it goes, the table, the end. */
  readonly once: boolean
  /** The page's port; undefined for the usual one, or one that is free. */
  readonly port: number | undefined
  /** The address that the page is served on. */
  readonly host: string
  /** PostgreSQL from npm instead of PGlite. */
  readonly embedded: boolean
  /** Where PGlite, or the embedded PostgreSQL, keeps its data. */
  readonly dataDirectory: string
  /** A PostgreSQL to use instead. */
  readonly databaseUrl: string | undefined
  /** Flights to write, from the first of the file. */
  readonly limit: number
  /** Flights written per second, to begin with; undefined for what was chosen last. */
  readonly speed: number | undefined
  /** Delete the data directory first. */
  readonly reset: boolean
}

export const usage = `Usage: pnpm start [options]

Serves the live page, and prints where, until Ctrl-C.

  --port <n>          the page's port (default: 4321, or one that is free)
  --host <address>    where to serve it (default: 127.0.0.1, for this machine alone)
  --speed <n>         flights per second to begin with (default: as chosen last, or 100)
  --once              no page: write and handle all flights, print the table, end
  --embedded          a real PostgreSQL, from npm, with a process per member
  --limit <n>         write only the first n of the 20,000 flights
  --data-dir <path>   where the data is kept (or MDB_DATA; default: .data/pglite, .data/postgres)
  --reset             delete that directory first
  --help              print this

DATABASE_URL=postgres://…   use that PostgreSQL, with a process per member`

export function readOptions(args: string[], environment: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args,
    options: {
      once: { type: 'boolean', default: false },
      port: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      speed: { type: 'string' },
      embedded: { type: 'boolean', default: false },
      limit: { type: 'string', default: 'Infinity' },
      'data-dir': { type: 'string' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const { help, once, host, embedded, reset } = values
  const dataDirectory = values['data-dir'] ?? environment['MDB_DATA']
  // What is asked for by its flag wins over what the shell has set.
  const databaseUrl = embedded ? undefined : environment['DATABASE_URL'] || undefined
  if (reset && databaseUrl !== undefined) {
    throw new TypeError('--reset is for .data only: drop the database of DATABASE_URL yourself')
  }
  if (databaseUrl !== undefined && !isPostgresUrl(databaseUrl)) {
    // Not repeated: it may hold a password.
    throw new TypeError('DATABASE_URL must be like postgres://user:password@host:5432/database')
  }
  const usual = `${import.meta.dirname}/../.data/${embedded ? 'postgres' : 'pglite'}`
  return {
    help,
    once,
    host,
    embedded,
    reset,
    databaseUrl,
    dataDirectory: resolve(dataDirectory || usual),
    port: values.port === undefined ? undefined : number('--port', values.port, [0, 65_535]),
    limit: number('--limit', values.limit, [1, Infinity]),
    speed: values.speed === undefined ? undefined : number('--speed', values.speed, [0, 100_000]),
  }
}

function isPostgresUrl(text: string): boolean {
  return URL.canParse(text) && /^postgres(?:ql)?:$/.test(new URL(text).protocol)
}

function number(name: string, text: string, [least, most]: readonly [number, number]): number {
  const value = text.trim() === '' ? Number.NaN : Number(text)
  const isWhole = Number.isInteger(value) || value === Infinity
  if (isWhole && value >= least && value <= most) return value
  throw new TypeError(`${name} must be a whole number from ${least} to ${most}, not '${text}'`)
}
