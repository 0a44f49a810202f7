import { type Estimate, spread } from './statistics.ts'

/** Above this spread a ratio is no figure. */
export const NOISE_LIMIT = 0.1

export type Verdict = 'met' | 'short' | 'too noisy'

export interface Bound {
  readonly atLeast?: number | undefined
  readonly atMost?: number | undefined
}

/**
 * Whether a ratio reaches its goal. An interval that lies on one side of it is clear however wide;
 * astride of it, the median says so, unless the interval is too wide for a median to mean anything.
 */
export function judge(ratio: Estimate, { atLeast, atMost }: Bound): Verdict {
  if (Number.isNaN(ratio.median)) return 'too noisy'
  if (atLeast !== undefined) return side(ratio, atLeast)
  if (atMost === undefined) throw new RangeError('a goal needs atLeast or atMost')
  const { median, low, high } = ratio
  return side({ median: 1 / median, low: 1 / high, high: 1 / low }, 1 / atMost)
}

function side(ratio: Estimate, goal: number): Verdict {
  if (ratio.low >= goal) return 'met'
  if (ratio.high < goal) return 'short'
  if (spread(ratio) > NOISE_LIMIT) return 'too noisy'
  return ratio.median >= goal ? 'met' : 'short'
}

/** A ratio in print: the figure with its interval, or that there is none. */
export function printRatio(ratio: Estimate): string {
  const { median, low, high } = ratio
  const interval = `${print(low)}–${print(high)}`
  return spread(ratio) > NOISE_LIMIT || Number.isNaN(median)
    ? `too noisy (${interval})`
    : `${print(median)} (${interval})`
}

function print(value: number): string {
  return Math.abs(value) >= 10 ? value.toFixed(0) : value.toFixed(2)
}
