import { quantile } from 'simple-statistics'

/** Where the median lies: the figure, and the interval that holds the true one 19 times out of 20. */
export interface Estimate {
  readonly median: number
  readonly low: number
  readonly high: number
}

/**
 * The median with its interval, of any distribution: by the order of the values alone (sign test), so
 * that a round that was disturbed costs a place and not the figure.
 */
export function estimate(values: readonly number[]): Estimate {
  if (values.length === 0) return { median: Number.NaN, low: Number.NaN, high: Number.NaN }
  const sorted = values.toSorted((a, b) => a - b)
  const outside = valuesOutside(sorted.length)
  return {
    median: quantile(sorted, 0.5),
    low: sorted[outside] as number,
    high: sorted[sorted.length - 1 - outside] as number,
  }
}

/** How many values at each end the interval leaves out: the most for which P(X ≤ k) is 2.5 %, X of B(n, ½). */
export function valuesOutside(count: number): number {
  let probability = 0.5 ** count
  let atMost = probability
  for (let outside = 0; ; outside += 1) {
    probability *= (count - outside) / (outside + 1)
    atMost += probability
    if (atMost > 0.025) return outside
  }
}

/** Half the interval, as a part of the median. */
export function spread({ median, low, high }: Estimate): number {
  return (high - low) / 2 / median
}

/** The ratios of two contenders, each of values taken in the same round. */
export function pairedRatios(ours: readonly number[], theirs: readonly number[]): number[] {
  return ours.slice(0, theirs.length).map((value, round) => value / (theirs[round] as number))
}
