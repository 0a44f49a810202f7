import { Listr } from 'listr2'
import { measure } from './harness/measure.ts'
import type { WorkResult } from './harness/result.ts'
import { shuffler } from './harness/shuffle.ts'
import type { Work } from './harness/work.ts'
import type { Rounds } from './harness/interleave.ts'
import { LATE, type Options, ROUNDS } from './options.ts'
import type { Bench } from './setup/bench.ts'

/** Measures works one after the other, and says on the way how far it is. */
export async function runWorks(
  bench: Bench,
  works: readonly Work[],
  { mode, seed }: Pick<Options, 'mode' | 'seed'>,
): Promise<WorkResult[]> {
  const results: WorkResult[] = []
  const shuffle = shuffler(seed)
  const began = performance.now()
  const rounds = (): Rounds => {
    const { least, ...rest } = ROUNDS[mode]
    // Late in a run that has been noisy, nobody gets more than must be.
    const isLate = performance.now() - began > LATE[mode]
    return isLate ? { ...rest, least, most: least } : ROUNDS[mode]
  }
  const tasks = works.map((work) => ({
    title: work.title,
    task: async () => {
      results.push(await measure(bench, work, { rounds: rounds(), shuffle }))
    },
  }))
  // Lines, and no spinner: it would run beside what is measured.
  await new Listr(tasks, { renderer: 'simple' }).run()
  return results
}
