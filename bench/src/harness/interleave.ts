import { collectGarbage } from './collect-garbage.ts'
import type { ReadProcessor } from './processor.ts'
import { type Slice, takeSlice } from './slice.ts'
import type { Contender, Work } from './work.ts'

export interface Rounds {
  /** How many are taken in any case. */
  readonly least: number
  /** How many are taken while it is too noisy. */
  readonly most: number
  /** Milliseconds of a contender's turn. */
  readonly slice: number
  /** Milliseconds after which no further round beyond the least one begins. */
  readonly budget: number
}

export interface InterleaveOptions {
  readonly unit: Work['unit']
  readonly rounds: Rounds
  readonly shuffle: <T>(items: readonly T[]) => T[]
  /** Whether what was measured says enough. */
  readonly isQuiet: (slices: Slices) => boolean
  readonly onRound?: ((done: number) => void) | undefined
  readonly readProcessor?: ReadProcessor | undefined
}

/** By contender, a slice of each round. */
export type Slices = Readonly<Record<string, readonly Slice[]>>

/**
 * Lets the contenders take turns in one process, in another order each round, so that what the machine
 * does beside, and the state of the server, fall on all alike. The first two rounds warm up.
 */
export async function interleave(
  contenders: Readonly<Record<string, Contender>>,
  options: InterleaveOptions,
): Promise<Slices> {
  const { unit, rounds, shuffle, isQuiet, onRound, readProcessor } = options
  const slices: Record<string, Slice[]> = {}
  const began = performance.now()
  for (let round = -WARM_UP; round < rounds.most; round += 1) {
    for (const [name, contender] of shuffle(Object.entries(contenders))) {
      collectGarbage()
      // Code that is cold is not what is measured, and most of it gets warm at first.
      const milliseconds = round === -WARM_UP ? 2 * rounds.slice : rounds.slice
      const slice = await takeSlice(contender, { unit, milliseconds, readProcessor })
      if (round >= 0) (slices[name] ??= []).push(slice)
    }
    onRound?.(round + 1)
    if (round + 1 < rounds.least) continue
    if (isQuiet(slices) || performance.now() - began > rounds.budget) break
  }
  return slices
}

const WARM_UP = 2
