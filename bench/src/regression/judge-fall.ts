import type { Estimate } from '../statistics.ts'

export interface Comparison {
  readonly work: string
  /** This checkout ÷ the base. Above 1 is better, whatever the unit. */
  readonly ratio: Estimate
  /** The base ÷ itself, measured in the same rounds: what difference there is where there is none. */
  readonly control: Estimate
}

/** How far from 1 the control came, as a factor less 1: what this run could not tell from nothing. */
export function noiseOf({ control: { low, high } }: Comparison): number {
  return Math.max(high, 1 / low) - 1
}

/** Whether it fell, beyond the noise: even the best that the interval leaves it is worse than that. */
export function hasFallen(comparison: Comparison): boolean {
  return comparison.ratio.high < 1 / (1 + noiseOf(comparison))
}

export function invert({ median, low, high }: Estimate): Estimate {
  return { median: 1 / median, low: 1 / high, high: 1 / low }
}
