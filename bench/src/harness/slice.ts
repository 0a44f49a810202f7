import { quantile } from 'simple-statistics'
import {
  NO_TIME,
  plus,
  type ProcessorReading,
  type ProcessorTime,
  type ReadProcessor,
  spent,
} from './processor.ts'
import type { Contender, Work } from './work.ts'

/** What a contender did in one turn. */
export interface Slice {
  /** A rate, or the values that it told. */
  readonly values: readonly number[]
  /** Of a rate: what a message took of the processor. */
  readonly processor?: ProcessorTime | undefined
}

export interface SliceOptions {
  readonly unit: Work['unit']
  readonly milliseconds: number
  /** Milliseconds. Default is the machine's. */
  readonly now?: (() => number) | undefined
  readonly readProcessor?: ReadProcessor | undefined
}

/** Lets a contender work for a while, and at least once. */
export async function takeSlice(
  contender: Contender,
  { unit, milliseconds, now = () => performance.now(), readProcessor }: SliceOptions,
): Promise<Slice> {
  const read = unit === 'messages/s' ? readProcessor : undefined
  // What is arranged belongs to nobody; where nothing is, a reading for each run would weigh too much.
  const isApart = contender.arrange !== undefined
  const told: number[] = []
  let elapsed = 0
  let taken = NO_TIME
  let before = await read?.()
  do {
    await contender.arrange?.()
    if (isApart) before = await read?.()
    const began = now()
    told.push(await contender.run())
    elapsed += now() - began
    if (isApart) taken = plus(taken, await since(before, read))
  } while (elapsed < milliseconds)
  if (unit !== 'messages/s') return { values: told }
  if (!isApart) taken = await since(before, read)
  const messages = told.reduce((sum, each) => sum + each, 0)
  return {
    values: [messages / (elapsed / 1000)],
    processor: read && { client: taken.client / messages, server: taken.server / messages },
  }
}

async function since(
  before: ProcessorReading | undefined,
  read: ReadProcessor | undefined,
): Promise<ProcessorTime> {
  return before && read ? spent(before, await read()) : NO_TIME
}

/** A slice as one number. */
export function sliceValue({ values }: Slice, q = 0.5): number {
  return quantile([...values], q)
}
