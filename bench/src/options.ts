import { parseArgs } from 'node:util'
import type { Rounds } from './harness/interleave.ts'
import type { Scale } from './setup/bench.ts'

export type Mode = 'quick' | 'full'

export interface Options {
  readonly mode: Mode
  /** Parts of names; a work or a section is measured when one of them is in its name. None is all. */
  readonly filters: readonly string[]
  /** Seed of the order of turns. */
  readonly seed: number
  readonly json: string | undefined
  readonly plot: string | undefined
  readonly help: boolean
}

export const USAGE = `pnpm bench [FILTER...] [--quick | --full] [--seed N] [--json FILE] [--plot FILE]

  FILTER   part of a name: write, read, pglite, latency, growth, floor, types ...; several are or-ed
  --quick  under five minutes (the default)
  --full   under thirty
  --seed   the order in which contenders take turns; default is the time
  --json, --plot   where the results go; without a filter, into bench/results`

/** Reads the command line; what it does not know is an error. */
export function parseOptions(args: readonly string[], now: number): Options {
  const { values, positionals } = parseArgs({
    args: [...args],
    allowPositionals: true,
    options: {
      quick: { type: 'boolean', default: false },
      full: { type: 'boolean', default: false },
      filter: { type: 'string', multiple: true, default: [] },
      seed: { type: 'string' },
      json: { type: 'string' },
      plot: { type: 'string' },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  if (values.quick && values.full) throw new RangeError('--quick or --full, not both')
  const seed = values.seed === undefined ? now % 2 ** 31 : Number(values.seed)
  if (!Number.isSafeInteger(seed)) throw new RangeError(`--seed takes a whole number`)
  return {
    mode: values.full ? 'full' : 'quick',
    filters: [...values.filter, ...positionals],
    seed,
    json: values.json,
    plot: values.plot,
    help: values.help,
  }
}

export function matches(filters: readonly string[], name: string): boolean {
  return filters.length === 0 || filters.some((filter) => name.includes(filter))
}

export const ROUNDS: Readonly<Record<Mode, Rounds>> = {
  quick: { least: 7, most: 13, slice: 100, budget: 9_000 },
  full: { least: 15, most: 31, slice: 250, budget: 40_000 },
}

/** Milliseconds after which works get no more rounds than they must have. */
export const LATE: Readonly<Record<Mode, number>> = { quick: 150_000, full: 900_000 }

/** How many messages a store has, from little to much. */
export const SIZES: Readonly<Record<Mode, readonly number[]>> = {
  quick: [10_000, 100_000],
  full: [10_000, 100_000, 1_000_000, 5_000_000],
}

export const SCALE: Readonly<Record<Mode, Scale>> = {
  quick: { history: 200_000, read: 10_000, import: 5_000 },
  full: { history: 200_000, read: 50_000, import: 20_000 },
}
