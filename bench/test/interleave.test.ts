import { expect, test } from 'vitest'
import { interleave, type InterleaveOptions } from '../src/harness/interleave.ts'
import { spent } from '../src/harness/processor.ts'
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
  expect(slices['a']?.every(({ values: [turn = 0] }) => turn > 4)).toBe(true)
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
    // Both sides are busy whenever time passes, arranging or not.
    readProcessor: async () => ({ client: time, sessions: new Map([[1, 3 * time]]) }),
  })
  expect(slice).toEqual({ values: [(4 * 5) / 0.04], processor: { client: 2, server: 6 } })
  expect(time).toBe(4 * 1_010)
})

test('where nothing is arranged, the processor is read at the ends alone', async () => {
  let [time, readings] = [0, 0]
  const run = async (): Promise<number> => ((time += 10), 5)
  const slice = await takeSlice(
    { run },
    {
      unit: 'messages/s',
      milliseconds: 40,
      now: () => time,
      readProcessor: async () => ((readings += 1), { client: time, sessions: new Map() }),
    },
  )
  expect(slice.processor).toEqual({ client: 2, server: 0 })
  expect(readings).toBe(2)
})

test("a server's time is told of sessions that live through it", () => {
  const reading = (...sessions: [number, number][]) => ({ client: 0, sessions: new Map(sessions) })
  expect(spent(reading([1, 5], [2, 1]), reading([1, 9], [2, 1]))).toEqual({ client: 0, server: 4 })
  expect(spent(reading([1, 5]), reading([2, 9])).server).toBeNaN()
  expect(spent(reading([1, 5]), reading([1, 9], [2, 9])).server).toBeNaN()
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
