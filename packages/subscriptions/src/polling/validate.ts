import { InvalidOptionError } from '../errors.ts'

/** The longest delay a Node timer takes: 2^31 - 1 ms, or about 24.8 days. */
export const MAX_DELAY = 2_147_483_647

export function requireDelay(option: string, value: number, least = 0): void {
  if (!(Number.isFinite(value) && value >= least && value <= MAX_DELAY)) {
    throw new InvalidOptionError(
      option,
      value,
      `must be a number of milliseconds from ${least} to ${MAX_DELAY}`,
    )
  }
}

export function requireRange(min: number, max: number, least: number): void {
  requireDelay('min', min, least)
  requireDelay('max', max, least)
  if (max < min) throw new InvalidOptionError('max', max, `must not be less than min (${min})`)
}
