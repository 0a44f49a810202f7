import { expect, test } from 'vitest'
import { resultOf } from '../src/harness/result.ts'
import type { Slice } from '../src/harness/slice.ts'
import type { Other, Work } from '../src/harness/work.ts'

const other: Other = { role: 'plain', open: () => Promise.reject(new Error('not here')) }
const work: Pick<Work, 'name' | 'title' | 'unit' | 'others' | 'goals'> = {
  name: 'write',
  title: 'write',
  unit: 'messages/s',
  others: { slow: other, fast: other },
  goals: [{ against: ['slow', 'fast'], atLeast: 0.95 }],
}
const rounds = (rate: number): Slice[] => Array.from({ length: 9 }, () => ({ values: [rate] }))

test('a goal against several is against the best of them', () => {
  const { goals } = resultOf(work, { fast: rounds(200), slow: rounds(50), ours: rounds(100) })
  expect(goals).toMatchObject([{ against: 'fast', verdict: 'short', ratio: { median: 0.5 } }])
})

test('ours is the first of the figures, whatever the order of turns', () => {
  const { figures } = resultOf(work, { fast: rounds(200), slow: rounds(50), ours: rounds(100) })
  expect(figures.map(({ contender, role }) => [contender, role])).toEqual([
    ['ours', 'ours'],
    ['slow', 'plain'],
    ['fast', 'plain'],
  ])
})

test('of costs the best is the least, and a quantile is taken of each slice', () => {
  const cost: typeof work = {
    ...work,
    unit: 'ms',
    goals: [
      { against: ['slow', 'fast'], atMost: 1.5 },
      { against: ['slow', 'fast'], atMost: 1.5, quantile: 1 },
    ],
  }
  const slices = (values: number[]): Slice[] => Array.from({ length: 9 }, () => ({ values }))
  const { goals } = resultOf(cost, {
    ours: slices([1, 1, 10]),
    slow: slices([2, 2, 2]),
    fast: slices([1, 1, 4]),
  })
  expect(goals).toMatchObject([
    { against: 'fast', verdict: 'met', ratio: { median: 1 } },
    { against: 'slow', verdict: 'short', ratio: { median: 5 } },
  ])
})

test("the processor's ratio is of both sides together, and of rounds in which both are known", () => {
  const took = (client: number, server: number): Slice => ({
    values: [1],
    processor: { client, server },
  })
  const unknown = Array.from({ length: 9 }, () => took(1, Number.NaN))
  const { figures } = resultOf(work, {
    ours: Array.from({ length: 9 }, () => took(40, 60)),
    slow: [...Array.from({ length: 8 }, () => took(50, 150)), took(50, Number.NaN)],
    fast: unknown,
  })
  expect(figures.map(({ processor }) => processor?.ratio.median)).toEqual([1, 2, Number.NaN])
  expect(figures[1]?.processor).toMatchObject({ client: { median: 50 }, server: { median: 150 } })
  expect(resultOf(work, { ours: rounds(1), slow: rounds(1), fast: rounds(1) }).figures[0]).toEqual(
    expect.objectContaining({ processor: undefined }),
  )
})

test('what was not measured is no result', () => {
  expect(() => resultOf(work, { ours: rounds(1), slow: rounds(1) })).toThrow(/fast/)
})
