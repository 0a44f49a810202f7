import * as fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  constantPolling,
  dynamicPolling,
  exponentialBackoff,
  InvalidOptionError,
  type PollingStrategy,
} from '@mdb/subscriptions'

function delays<S>(strategy: PollingStrategy<S>, received: readonly number[], batchSize: number) {
  let state = strategy.initial
  return received.map((count) => {
    const step = strategy.next({ received: count, batchSize }, state)
    state = step.state
    return step.delay
  })
}

describe('constant', () => {
  test('waits the interval, but not after a full page', () => {
    expect(delays(constantPolling({ interval: 70 }), [0, 3, 9, 10, 0], 10)).toEqual([
      70, 70, 70, 0, 70,
    ])
  })
})

describe('exponential backoff', () => {
  test('grows with each empty poll up to max, and begins again at a message', () => {
    const strategy = exponentialBackoff({ min: 50, max: 500, multiplier: 3 })
    expect(delays(strategy, [10, 4, 0, 0, 0, 0, 0, 1, 0, 0, 10, 0], 10)).toEqual([
      0, 50, 50, 150, 450, 500, 500, 50, 50, 150, 0, 50,
    ])
  })

  test('doubles by default', () => {
    expect(delays(exponentialBackoff({ min: 1, max: 9 }), [0, 0, 0, 0, 0], 5)).toEqual([
      1, 2, 4, 8, 9,
    ])
  })

  test('keeps the fraction of a multiplier', () => {
    const strategy = exponentialBackoff({ min: 100, max: 1_000, multiplier: 1.5 })
    expect(delays(strategy, [0, 0, 0], 10)).toEqual([100, 150, 225])
  })

  test('stays at max after a thousand empty polls', () => {
    const strategy = exponentialBackoff({ min: 50, max: 5_000, multiplier: 2 })
    const all = delays(
      strategy,
      Array.from({ length: 1_000 }, () => 0),
      10,
    )
    expect(all.slice(7)).toEqual(all.slice(7).map(() => 5_000))
  })

  test('grows monotonically between min and max, whatever the numbers', () => {
    const options = fc
      .record({
        min: fc.double({ min: 1, max: 2 ** 31 - 1, noNaN: true }),
        max: fc.double({ min: 1, max: 2 ** 31 - 1, noNaN: true }),
        multiplier: fc.double({ min: 1, max: Number.MAX_VALUE, noNaN: true }),
      })
      .map(({ min, max, multiplier }) => ({
        min: Math.min(min, max),
        max: Math.max(min, max),
        multiplier,
      }))
    fc.assert(
      fc.property(options, fc.integer({ min: 1, max: 1_000 }), (chosen, polls) => {
        const all = delays(
          exponentialBackoff(chosen),
          Array.from({ length: polls }, () => 0),
          10,
        )
        expect(all[0]).toBe(chosen.min)
        let before = chosen.min
        for (const delay of all) {
          if (!(delay >= before && delay <= chosen.max)) {
            expect.fail(`${delay} after ${before}`)
          }
          before = delay
        }
      }),
    )
  })

  test('is at min after any page that brought something and was not full', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 10 })), (received) => {
        const all = delays(exponentialBackoff({ min: 5, max: 50 }), received, 10)
        received.forEach((count, index) => {
          if (count === 10) expect(all[index]).toBe(0)
          else if (count > 0) expect(all[index]).toBe(5)
        })
      }),
    )
  })
})

describe('dynamic', () => {
  test('steps towards the target share', () => {
    const strategy = dynamicPolling({ target: 0.5, step: 20, min: 100, max: 150 })
    expect(delays(strategy, [9, 1, 1, 1, 1, 5, 9, 9, 9, 9], 10)).toEqual([
      100, 120, 140, 150, 150, 150, 130, 110, 100, 100,
    ])
  })

  test('does not wait after a full page, and goes on from where it was', () => {
    const strategy = dynamicPolling({ target: 0.5, step: 20, min: 100, max: 200 })
    expect(delays(strategy, [0, 0, 10, 10, 0], 10)).toEqual([120, 140, 0, 0, 160])
  })

  test('stays between min and max, whatever arrives', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1e-9, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 10_000 }),
        fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 200 }),
        (target, step, received) => {
          const strategy = dynamicPolling({ target, step, min: 7, max: 700 })
          for (const delay of delays(strategy, received, 10)) {
            if (!(delay >= 7 && delay <= 700)) expect.fail(String(delay))
          }
        },
      ),
    )
  })
})

test('a strategy holds no state: two that use it in turn do not meet', () => {
  const strategy = exponentialBackoff({ min: 10, max: 100 })
  const first = delays(strategy, [0, 0, 0], 10)
  const second = delays(strategy, [0, 0, 0], 10)
  expect(second).toEqual(first)
})

test.each([
  ['interval', () => constantPolling({ interval: 0 })],
  ['interval', () => constantPolling({ interval: -5 })],
  ['interval', () => constantPolling({ interval: Number.NaN })],
  ['interval', () => constantPolling({ interval: Infinity })],
  ['interval', () => constantPolling({ interval: 2 ** 31 })],
  ['min', () => exponentialBackoff({ min: 0, max: 10 })],
  ['max', () => exponentialBackoff({ min: 10, max: 9 })],
  ['max', () => exponentialBackoff({ min: 10, max: Infinity })],
  ['multiplier', () => exponentialBackoff({ min: 1, max: 9, multiplier: 0.5 })],
  ['multiplier', () => exponentialBackoff({ min: 1, max: 9, multiplier: Number.NaN })],
  ['target', () => dynamicPolling({ target: 0, step: 1, min: 1, max: 9 })],
  ['target', () => dynamicPolling({ target: 1.1, step: 1, min: 1, max: 9 })],
  ['target', () => dynamicPolling({ target: Number.NaN, step: 1, min: 1, max: 9 })],
  ['step', () => dynamicPolling({ target: 0.5, step: 0, min: 1, max: 9 })],
  ['max', () => dynamicPolling({ target: 0.5, step: 1, min: 10, max: 9 })],
])('refuses a bad %s', (option, make) => {
  expect(make).toThrow(InvalidOptionError)
  expect(make).toThrow(expect.objectContaining({ code: 'INVALID_OPTION', option }))
})
