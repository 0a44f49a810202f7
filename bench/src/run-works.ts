import { Listr } from 'listr2'
import { measure } from './harness/measure.ts'
import type { WorkResult } from './harness/result.ts'
import { shuffler } from './harness/shuffle.ts'
import type { Work } from './harness/work.ts'
import { type Options, ROUNDS } from './options.ts'
import type { Bench } from './setup/bench.ts'

/** Measures works one after the other, and says on the way how far it is. */
export async function runWorks(
  bench: Bench,
  works: readonly Work[],
  { mode, seed }: Pick<Options, 'mode' | 'seed'>,
): Promise<WorkResult[]> {
  const results: WorkResult[] = []
  const shuffle = shuffler(seed)
  const tasks = works.map((work) => ({
    title: work.title,
    task: async () => {
      results.push(await measure(bench, work, { rounds: ROUNDS[mode], shuffle }))
    },
  }))
  // Lines, and no spinner: it would run beside what is measured.
  await new Listr(tasks, { renderer: 'simple' }).run()
  return results
}
