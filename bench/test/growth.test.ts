import { expect, test } from 'vitest'
import { growthOf } from '../src/growth/memory.ts'
import { growthWorks } from '../src/growth/works.ts'

test('memory that is flat does not grow, whatever its peaks; a leak does', () => {
  expect(growthOf([20, 21, 35, 20, 21, 20, 36, 21, 20, 21])).toBeLessThanOrEqual(1)
  expect(growthOf([20, 30, 40, 50, 60, 70, 80, 90, 100, 110])).toBe(50)
})

test('a work on more and more is against itself on the least', () => {
  const write = growthWorks([10, 1_000, 100_000]).find(({ name }) => name === 'growth-write')
  expect(write?.title).toBe('growth: write, one at a time, 100,000 messages')
  expect(Object.keys(write?.others ?? {})).toEqual(['10 messages', '1,000 messages'])
  expect(write?.goals).toEqual([{ against: '10 messages', atLeast: 0.8 }])
})
