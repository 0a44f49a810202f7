import { InvalidOptionError } from './errors.ts'

/** The longest delay a Node timer takes: 2^31 - 1 ms, or about 24.8 days. */
const MAX_DELAY = 2_147_483_647

/** Refuses what is not a number of milliseconds from 1 to what a timer takes. */
export function requireDelay(option: string, value: number): void {
  if (!(Number.isFinite(value) && value >= 1 && value <= MAX_DELAY)) {
    const expectation = `must be a number of milliseconds from 1 to ${MAX_DELAY}`
    throw new InvalidOptionError(option, value, expectation)
  }
}

/** The same, where no delay at all is Infinity. */
export function requireDelayOrNone(option: string, value: number): void {
  if (value !== Infinity) requireDelay(option, value)
}

/** Refuses what a polling strategy answers that is no wait: a timer would make none of it, or 1 ms. */
export function requireWait(delay: unknown): asserts delay is number {
  if (typeof delay === 'number' && delay >= 0 && delay <= MAX_DELAY) return
  const expectation = `must answer a delay of 0 to ${MAX_DELAY} milliseconds`
  throw new InvalidOptionError('polling', delay, expectation)
}

/** Refuses a shortest and a longest delay that are none, or the wrong way round. */
export function requireRange({ min, max }: { min: number; max: number }, of = ''): void {
  requireDelay(`${of}min`, min)
  requireDelay(`${of}max`, max)
  if (max < min) {
    throw new InvalidOptionError(`${of}max`, max, `must not be less than min (${min})`)
  }
}

/** Refuses a multiplier that would shrink a delay, or end it. */
export function requireMultiplier(multiplier: number, of = ''): void {
  if (!(Number.isFinite(multiplier) && multiplier >= 1)) {
    throw new InvalidOptionError(
      `${of}multiplier`,
      multiplier,
      'must be a finite number, 1 or more',
    )
  }
}
