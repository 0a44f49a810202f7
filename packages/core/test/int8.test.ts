import { expect, test } from 'vitest'
import { toBigInt } from '@mdb/core'

test.each([
  ['9007199254740993', 9_007_199_254_740_993n],
  [9_007_199_254_740_993n, 9_007_199_254_740_993n],
  [9_007_199_254_740_991, 9_007_199_254_740_991n],
  [0, 0n],
])('%s is taken as it is', (value, expected) => {
  expect(toBigInt(value)).toBe(expected)
})

test.each([2 ** 53, 0.5, Number.NaN])(
  'the number %s has lost something, and is refused',
  (value) => {
    expect(() => toBigInt(value)).toThrow(RangeError)
  },
)
