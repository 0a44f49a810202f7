import { expect, test } from 'vitest'
import { interleave, type InterleaveOptions } from '../src/harness/interleave.ts'
import { takeSlice } from '../src/harness/slice.ts'
import { shuffler } from '../src/harness/shuffle.ts'

const rounds = { least: 3, most: 6, slice: 0, budget: Infinity }
const options: InterleaveOptions = {
  unit: 'ms',
  rounds,
  shuffle: shuffler(1),
  isQuiet: () => true,
}
const named = (name: string, turns: string[]) => ({
  run: async () => {
    turns.push(name)
    return turns.length
  },
})

test('everybody has a turn in each round, and the first two warm up', async () => {
  const turns: string[] = []
  const slices = await interleave({ a: named('a', turns), b: named('b', turns) }, options)
  expect(turns).toHaveLength(2 * (2 + 3))
  for (let round = 0; round < 5; round += 1) {
    expect(turns.slice(2 * round, 2 * round + 2).toSorted()).toEqual(['a', 'b'])
  }
  expect(slices['a']).toHaveLength(3)
  expect(slices['a']?.every(([turn = 0]) => turn > 4)).toBe(true)
})

test('goes on while it is noisy, and no further than it may', async () => {
  const turns: string[] = []
  const noisy = { ...options, isQuiet: () => false }
  await interleave({ a: named('a', turns) }, noisy)
  expect(turns).toHaveLength(2 + 6)
  turns.length = 0
  await interleave({ a: named('a', turns) }, { ...noisy, rounds: { ...rounds, budget: 0 } })
  expect(turns).toHaveLength(2 + 3)
})

test('a rate is of the time that runs took, without what was arranged for them', async () => {
  let time = 0
  const contender = {
    arrange: async () => void (time += 1_000),
    run: async () => {
      time += 10
      return 5
    },
  }
  const slice = await takeSlice(contender, {
    unit: 'messages/s',
    milliseconds: 40,
    now: () => time,
  })
  expect(slice).toEqual([(4 * 5) / 0.04])
  expect(time).toBe(4 * 1_010)
})

test('a contender that fails ends the measurement', async () => {
  const failing = { run: async () => Promise.reject(new Error('refused')) }
  await expect(interleave({ failing }, options)).rejects.toThrow('refused')
})

test('orders come again with their seed, and hold everybody', () => {
  const items = ['a', 'b', 'c', 'd', 'e', 'f']
  const [one, again, other] = [shuffler(7), shuffler(7), shuffler(8)]
  const orders = Array.from({ length: 5 }, () => one(items))
  expect(Array.from({ length: 5 }, () => again(items))).toEqual(orders)
  expect(Array.from({ length: 5 }, () => other(items))).not.toEqual(orders)
  for (const order of orders) expect(order.toSorted()).toEqual(items)
})
