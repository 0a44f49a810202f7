import { type Estimate, estimate, pairedRatios } from '../statistics.ts'
import { type Bound, judge, type Verdict } from '../verdict.ts'
import type { Slices } from './interleave.ts'
import { type ProcessorTime, total } from './processor.ts'
import { type Slice, sliceValue } from './slice.ts'
import { type Goal, OURS, type Role, type Work } from './work.ts'

export interface Figure extends Estimate {
  readonly contender: string
  readonly role: Role
  /** Ours ÷ theirs, of slices of the same round. */
  readonly ratio: Estimate
  /** One value a round. */
  readonly rounds: readonly number[]
  /** Of a rate, where the machine tells. */
  readonly processor?: ProcessorFigure | undefined
}

/** Microseconds of the processor per message. */
export interface ProcessorFigure {
  readonly client: Estimate
  readonly server: Estimate
  /** Theirs ÷ ours, of both sides together: above 1 is better, as of rates. */
  readonly ratio: Estimate
}

export interface GoalResult extends Bound {
  /** The best of those that the goal names. */
  readonly against: string
  readonly quantile: number
  readonly ratio: Estimate
  readonly verdict: Verdict
}

export interface WorkResult {
  readonly name: string
  readonly title: string
  readonly unit: Work['unit']
  readonly figures: readonly Figure[]
  readonly goals: readonly GoalResult[]
}

/** What slices say about a work. */
export function resultOf(
  work: Pick<Work, 'name' | 'title' | 'unit' | 'others' | 'goals'>,
  slices: Slices,
): WorkResult {
  const { name, title, unit, others, goals } = work
  const figures = [OURS, ...Object.keys(others)].map((contender): Figure => {
    const rounds = valuesOf(slices, contender)
    const ratio = estimate(pairedRatios(valuesOf(slices, OURS), rounds))
    const role = contender === OURS ? 'ours' : (others[contender]?.role ?? 'peer')
    const processor = processorOf(slices[contender] ?? [], slices[OURS] ?? [])
    return { contender, role, ...estimate(rounds), ratio, rounds, processor }
  })
  return { name, title, unit, figures, goals: goals.map((goal) => goalResult(goal, slices)) }
}

function goalResult(goal: Goal, slices: Slices): GoalResult {
  const { atLeast, atMost, quantile = 0.5 } = goal
  const against = bestOf(goal, slices)
  const ratio = estimate(
    pairedRatios(valuesOf(slices, OURS, quantile), valuesOf(slices, against, quantile)),
  )
  return { against, atLeast, atMost, quantile, ratio, verdict: judge(ratio, { atLeast, atMost }) }
}

/** Of those that a goal names, the one that did best. */
function bestOf({ against, atLeast, quantile }: Goal, slices: Slices): string {
  const names = typeof against === 'string' ? [against] : against
  const value = (name: string): number => estimate(valuesOf(slices, name, quantile)).median
  const order = names.toSorted((a, b) => value(b) - value(a))
  return (atLeast === undefined ? order.at(-1) : order[0]) as string
}

function processorOf(
  theirs: readonly Slice[],
  ours: readonly Slice[],
): ProcessorFigure | undefined {
  const taken = theirs.map(({ processor }) => processor ?? UNTOLD)
  const own = ours.map(({ processor }) => processor ?? UNTOLD)
  if (taken.every(({ client }) => Number.isNaN(client))) return undefined
  return {
    client: known(taken.map(({ client }) => client)),
    server: known(taken.map(({ server }) => server)),
    ratio: known(pairedRatios(taken.map(total), own.map(total))),
  }
}

function known(values: readonly number[]): Estimate {
  return estimate(values.filter((value) => Number.isFinite(value)))
}

const UNTOLD: ProcessorTime = { client: Number.NaN, server: Number.NaN }

function valuesOf(slices: Slices, contender: string, quantile?: number): number[] {
  const taken = slices[contender]
  if (taken === undefined) throw new RangeError(`nothing was measured of ${contender}`)
  return taken.map((slice) => sliceValue(slice, quantile))
}
