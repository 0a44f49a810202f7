import { resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface Options {
  readonly help: boolean
  /** Where PGlite keeps its data. */
  readonly dataDirectory: string
  /** A PostgreSQL to use instead of PGlite. */
  readonly databaseUrl: string | undefined
  /** Flights to write, from the first of the file. */
  readonly limit: number
  /** Delete the data directory first. */
  readonly reset: boolean
}

export const usage = `Usage: pnpm start [options]

  --limit <n>         write only the first n of the 20,000 flights
  --data-dir <path>   where PGlite keeps its data (or MDB_DATA; default: .data/flights)
  --reset             delete that directory first
  --help              print this

DATABASE_URL=postgres://…   use that PostgreSQL instead of PGlite`

export function readOptions(args: string[], environment: NodeJS.ProcessEnv): Options {
  const { values } = parseArgs({
    args,
    options: {
      limit: { type: 'string', default: 'Infinity' },
      'data-dir': { type: 'string' },
      reset: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  const dataDirectory = values['data-dir'] ?? environment['MDB_DATA']
  const databaseUrl = environment['DATABASE_URL'] || undefined
  const limit = Number(values.limit)
  if (!(limit >= 1)) throw new TypeError(`--limit must be a number above 0, not '${values.limit}'`)
  if (values.reset && databaseUrl !== undefined) {
    throw new TypeError('--reset is for PGlite only: drop the database of DATABASE_URL yourself')
  }
  return {
    help: values.help,
    dataDirectory: resolve(dataDirectory || `${import.meta.dirname}/../.data/flights`),
    databaseUrl,
    limit,
    reset: values.reset,
  }
}
