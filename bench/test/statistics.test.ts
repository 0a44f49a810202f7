import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { estimate, pairedRatios, spread, valuesOutside } from '../src/statistics.ts'

describe('the interval of a median', () => {
  // By the tables of the sign test, at 95 %.
  test.for([
    [3, 0],
    [5, 0],
    [6, 0],
    [7, 0],
    [8, 0],
    [9, 1],
    [12, 2],
    [15, 3],
    [20, 5],
    [25, 7],
  ] as const)('of %i values leaves out %i at each end', ([count, outside]) => {
    expect(valuesOutside(count)).toBe(outside)
  })

  test('holds the median of what values are drawn from, 19 times out of 20', () => {
    let held = 0
    let state = 7
    // A generator of even numbers between 0 and 1, always the same.
    const random = (): number => {
      state = (state * 48_271) % 2_147_483_647
      return state / 2_147_483_647
    }
    for (let run = 0; run < 2_000; run += 1) {
      const { low, high } = estimate(Array.from({ length: 15 }, random))
      if (low <= 0.5 && high >= 0.5) held += 1
    }
    expect(held / 2_000).toBeGreaterThan(0.95)
    expect(held / 2_000).toBeLessThan(0.99)
  })

  test('lies around the median, whatever the values', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0.001, max: 1e6, noNaN: true }), { minLength: 1 }),
        (values) => {
          const { median, low, high } = estimate(values)
          expect(low).toBeLessThanOrEqual(median)
          expect(high).toBeGreaterThanOrEqual(median)
        },
      ),
    )
  })

  test('is not moved by one disturbed round', () => {
    const quiet = [1, 1.01, 0.99, 1.02, 0.98, 1, 1.01, 0.99, 1]
    const disturbed = [...quiet.slice(1), 9]
    expect(estimate(disturbed).high).toBeLessThan(1.1)
    expect(spread(estimate(disturbed))).toBeLessThan(0.03)
  })

  test('of nothing is no figure', () => {
    expect(estimate([]).median).toBeNaN()
  })
})

test('ratios are of values of the same round', () => {
  expect(pairedRatios([2, 8, 5], [1, 4, 10])).toEqual([2, 2, 0.5])
})
