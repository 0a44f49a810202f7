import { interleave, type InterleaveOptions, type Rounds } from '../harness/interleave.ts'
import { sliceValue } from '../harness/slice.ts'
import type { Contender, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import type { Toolkit } from '../setup/toolkit.ts'
import { estimate, pairedRatios, spread } from '../statistics.ts'
import { type Comparison, invert } from './judge-fall.ts'

export interface CompareOptions {
  readonly base: Toolkit
  readonly rounds: Rounds
  readonly shuffle: InterleaveOptions['shuffle']
}

/** The base cannot do the work: it has not what the work needs. */
export class NotComparableError extends Error {
  override readonly name = 'NotComparableError'
}

/** Measures our way of a work by two checkouts, in turn; the base twice. */
export async function compare(
  bench: Bench,
  work: Work,
  { base, rounds, shuffle }: CompareOptions,
): Promise<Comparison> {
  const contenders: Record<string, Contender> = {}
  try {
    await work.prepare?.(bench)
    contenders['head'] = await work.ours(bench, bench.toolkit)
    for (const name of ['base', 'again']) {
      contenders[name] = await ofBase(async () => work.ours(bench, base))
      // Not when it is opened, but when it runs, it may miss something.
      await ofBase(async () => contenders[name]?.arrange?.())
      await ofBase(async () => contenders[name]?.run())
    }
    const slices = await interleave(contenders, {
      unit: work.unit,
      rounds: { ...rounds, slice: rounds.slice * (work.slice ?? 1) },
      shuffle,
      isQuiet: (taken) => spread(ratioOf(taken, ['head', 'base'])) < 0.03,
    })
    const ratio = ratioOf(slices, ['head', 'base'])
    const control = ratioOf(slices, ['again', 'base'])
    return work.unit === 'messages/s'
      ? { work: work.name, ratio, control }
      : { work: work.name, ratio: invert(ratio), control: invert(control) }
  } finally {
    for (const contender of Object.values(contenders)) await contender.close?.()
  }
}

function ratioOf(
  slices: Awaited<ReturnType<typeof interleave>>,
  [a, b]: readonly [string, string],
): ReturnType<typeof estimate> {
  const values = (name: string): number[] => (slices[name] ?? []).map((slice) => sliceValue(slice))
  return estimate(pairedRatios(values(a), values(b)))
}

async function ofBase<T>(run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (cause) {
    throw new NotComparableError('the base cannot do it', { cause })
  }
}
