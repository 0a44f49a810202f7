import * as fc from 'fast-check'
import { expect, type TestAPI } from 'vitest'
import type { CheckpointKey, CheckpointStore } from '@mdb/subscriptions'

/** What the paragraph above `CheckpointStore` says. Each adapter passes it, on each backend. */
export function checkpointStoreContract(test: TestAPI<{ checkpoints: CheckpointStore }>): void {
  const key: CheckpointKey = { subscriptionId: 'delays', source: 'airport' }

  test('nothing saved loads as undefined', async ({ checkpoints: store }) => {
    expect(await store.load(key)).toBeUndefined()
  })

  test('what was saved last is loaded, 0 too', async ({ checkpoints: store }) => {
    await store.save(key, 0n)
    expect(await store.load(key)).toBe(0n)
    await store.save(key, 41n)
    expect(await store.load(key)).toBe(41n)
    await store.save(key, 9_007_199_254_740_991n)
    expect(await store.load(key)).toBe(9_007_199_254_740_991n)
  })

  test('the place before the first message of a stream is one', async ({ checkpoints: store }) => {
    const ofStream = { ...key, source: 'airport-SEA' }
    await store.save(ofStream, -1n)
    expect(await store.load(ofStream)).toBe(-1n)
    await store.save(ofStream, 0n)
    await store.save(ofStream, -1n)
    expect(await store.load(ofStream)).toBe(0n)
  })

  test('moves forward only, and that is no error', async ({ checkpoints: store }) => {
    await store.save(key, 41n)
    await store.save(key, 7n)
    await store.save(key, 41n)
    expect(await store.load(key)).toBe(41n)
  })

  test('ends at the highest when many save at once', async ({ checkpoints: store }) => {
    const positions = Array.from({ length: 12 }, (_, index) => BigInt((index * 7) % 12))
    await Promise.all(positions.map((position) => store.save(key, position)))
    expect(await store.load(key)).toBe(11n)
  })

  test('keys that differ anywhere share nothing', async ({ checkpoints: store }) => {
    const keys: CheckpointKey[] = [
      key,
      { ...key, subscriptionId: 'alerts' },
      { ...key, source: 'flight' },
      { ...key, source: 'airport:command' },
      { ...key, source: 'airport-SEA' },
      { ...key, source: 'airport-0+4' },
      { ...key, source: 'airport-stream+0' },
      ...[1, 2, 4, 12].flatMap((size) =>
        [0, 1, 11]
          .filter((member) => member < size)
          .map((member) => ({ ...key, consumerGroup: { member, size } })),
      ),
      { ...key, subscriptionId: 'delays-0', consumerGroup: { member: 0, size: 4 } },
      { ...key, subscriptionId: 'delays-0-4' },
      { ...key, subscriptionId: 'delays:0:4' },
    ]
    await Promise.all(keys.map((each, index) => store.save(each, BigInt(index + 1))))
    const loaded = await Promise.all(keys.map((each) => store.load(each)))
    expect(loaded).toEqual(keys.map((_, index) => BigInt(index + 1)))
  })

  test('a group of one is not the same as no group', async ({ checkpoints: store }) => {
    await store.save({ ...key, consumerGroup: { member: 0, size: 1 } }, 5n)
    expect(await store.load(key)).toBeUndefined()
  })

  test('loads the highest of any saves', async ({ checkpoints: store }) => {
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(fc.nat(), { minLength: 1, maxLength: 8 }), async (positions) => {
        run += 1
        const own = { ...key, subscriptionId: `run${run}` }
        for (const position of positions) await store.save(own, BigInt(position))
        expect(await store.load(own)).toBe(BigInt(Math.max(...positions)))
      }),
      { numRuns: 20 },
    )
  })
}
