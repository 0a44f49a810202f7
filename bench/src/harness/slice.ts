import { quantile } from 'simple-statistics'
import type { Contender, Work } from './work.ts'

/** What a contender did in one turn: a rate, or the values that it told. */
export type Slice = readonly number[]

export interface SliceOptions {
  readonly unit: Work['unit']
  readonly milliseconds: number
  /** Milliseconds. Default is the machine's. */
  readonly now?: (() => number) | undefined
}

/** Lets a contender work for a while, and at least once. */
export async function takeSlice(
  contender: Contender,
  { unit, milliseconds, now = () => performance.now() }: SliceOptions,
): Promise<Slice> {
  const told: number[] = []
  let elapsed = 0
  do {
    await contender.arrange?.()
    const began = now()
    told.push(await contender.run())
    elapsed += now() - began
  } while (elapsed < milliseconds)
  if (unit !== 'messages/s') return told
  return [told.reduce((sum, messages) => sum + messages, 0) / (elapsed / 1000)]
}

/** A slice as one number. */
export function sliceValue(slice: Slice, q = 0.5): number {
  return quantile([...slice], q)
}
