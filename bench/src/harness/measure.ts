import { spread } from '../statistics.ts'
import { NOISE_LIMIT } from '../verdict.ts'
import type { Bench } from '../setup/bench.ts'
import { interleave, type InterleaveOptions, type Rounds } from './interleave.ts'
import { resultOf, type WorkResult } from './result.ts'
import { type Contender, OURS, type Work } from './work.ts'

export interface MeasureOptions {
  readonly rounds: Rounds
  readonly shuffle: InterleaveOptions['shuffle']
  readonly onRound?: InterleaveOptions['onRound']
}

/** Measures a work: ours and everybody else's, in turn, until the goals are clear or time is up. */
export async function measure(
  bench: Bench,
  work: Work,
  { rounds, shuffle, onRound }: MeasureOptions,
): Promise<WorkResult> {
  const contenders: Record<string, Contender> = {}
  try {
    await work.prepare?.(bench)
    contenders[OURS] = await work.ours(bench, bench.toolkit)
    for (const [name, { open }] of Object.entries(work.others)) {
      contenders[name] = await open(bench)
    }
    const slices = await interleave(contenders, {
      unit: work.unit,
      rounds: { ...rounds, slice: rounds.slice * (work.slice ?? 1) },
      shuffle,
      onRound,
      readProcessor: bench.readProcessor,
      isQuiet: (taken) =>
        resultOf(work, taken).goals.every(({ ratio }) => spread(ratio) <= NOISE_LIMIT / 2),
    })
    return resultOf(work, slices)
  } finally {
    for (const contender of Object.values(contenders)) await contender.close?.()
  }
}
