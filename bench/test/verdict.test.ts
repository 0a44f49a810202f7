import { describe, expect, test } from 'vitest'
import { judge, printRatio } from '../src/verdict.ts'

const around = (median: number, low = median, high = median) => ({ median, low, high })

describe('a goal of at least 0.95', () => {
  const goal = { atLeast: 0.95 }
  test.for([
    ['met', around(1.2, 1.1, 1.3)],
    ['met', around(5, 2, 20)],
    ['met', around(0.96, 0.93, 0.99)],
    ['short', around(0.9, 0.88, 0.92)],
    ['short', around(0.3, 0.1, 0.6)],
    ['short', around(0.94, 0.9, 0.98)],
    ['too noisy', around(0.96, 0.6, 1.4)],
    ['too noisy', around(Number.NaN)],
  ] as const)('is %s by %o', ([verdict, ratio]) => {
    expect(judge(ratio, goal)).toBe(verdict)
  })
})

describe('a goal of at most 1.5', () => {
  const goal = { atMost: 1.5 }
  test.for([
    ['met', around(1.2, 1.1, 1.3)],
    ['met', around(1.45, 1.4, 1.55)],
    ['short', around(2, 1.8, 2.2)],
    ['too noisy', around(1.4, 0.9, 2.2)],
  ] as const)('is %s by %o', ([verdict, ratio]) => {
    expect(judge(ratio, goal)).toBe(verdict)
  })
})

test('a goal says what it wants', () => {
  expect(() => judge(around(1), {})).toThrow(/atLeast or atMost/)
})

test('a ratio that is too noisy is printed without a figure', () => {
  expect(printRatio(around(0.97, 0.95, 0.99))).toBe('0.97 (0.95–0.99)')
  expect(printRatio(around(12.3, 12, 13))).toBe('12 (12–13)')
  expect(printRatio(around(1, 0.5, 1.5))).toBe('too noisy (0.50–1.50)')
})
