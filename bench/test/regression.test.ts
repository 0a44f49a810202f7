import { expect, test } from 'vitest'
import { hasFallen, invert, noiseOf } from '../src/regression/judge-fall.ts'

const around = (median: number, low: number, high: number) => ({ median, low, high })
const quiet = around(1, 0.98, 1.02)
const loud = around(1.1, 0.8, 1.4)

test.for([
  ['a fall', true, around(0.8, 0.78, 0.83), quiet],
  ['as it was', false, around(0.99, 0.97, 1.01), quiet],
  ['a fall that the noise hides', false, around(0.8, 0.78, 0.83), loud],
  ['a fall that may be none', false, around(0.8, 0.6, 1.1), quiet],
  ['a fall beyond loud noise', true, around(0.4, 0.3, 0.5), loud],
  ['faster', false, around(1.5, 1.4, 1.6), quiet],
] as const)('%s', ([, fallen, ratio, control]) => {
  expect(hasFallen({ work: 'write', ratio, control })).toBe(fallen)
})

test('noise is how far the control came from 1, on either side', () => {
  const noise = (low: number, high: number): number =>
    noiseOf({ work: 'write', ratio: quiet, control: around(1, low, high) })
  expect(noise(0.8, 1.1)).toBeCloseTo(0.25)
  expect(noise(0.99, 1.3)).toBeCloseTo(0.3)
})

test('of costs less is better', () => {
  expect(invert(around(2, 1, 4))).toEqual(around(0.5, 0.25, 1))
})
