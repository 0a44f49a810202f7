import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { inLanes } from '../src/processing/lanes.ts'
import { emptyPrefix, withDone } from '../src/processing/prefix.ts'

const signal = new AbortController().signal

test('the prefix is what is done without a gap, in whatever order it is done', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 30 }).chain((length) =>
        fc.shuffledSubarray(
          Array.from({ length }, (_, index) => index),
          { minLength: 0 },
        ),
      ),
      (order) => {
        let prefix = emptyPrefix
        const done = new Set<number>()
        for (const index of order) {
          prefix = withDone(prefix, index)
          done.add(index)
          let expected = 0
          while (done.has(expected)) expected += 1
          expect(prefix.length).toBe(expected)
        }
      },
    ),
  )
})

test('each lane in order, never two of it at once, and never more than so many in all', async () => {
  const items = fc.array(fc.constantFrom('a', 'b', 'c', 'd', 'e'), { maxLength: 40 })
  await fc.assert(
    fc.asyncProperty(
      items,
      fc.integer({ min: 1, max: 6 }),
      fc.scheduler(),
      async (lanes, concurrency, scheduler) => {
        const begun: number[] = []
        const inFlight = new Set<string>()
        let most = 0
        const all = inLanes(lanes, {
          concurrency,
          laneOf: (lane) => lane,
          signal,
          async run(lane, index) {
            expect(inFlight.has(lane)).toBe(false)
            inFlight.add(lane)
            most = Math.max(most, inFlight.size)
            begun.push(index)
            await scheduler.schedule(Promise.resolve())
            inFlight.delete(lane)
            return true
          },
        })
        await scheduler.waitFor(all)
        expect(begun.toSorted((a, b) => a - b)).toEqual(lanes.map((_, index) => index))
        for (const lane of new Set(lanes)) {
          const own = begun.filter((index) => lanes[index] === lane)
          expect(own).toEqual(own.toSorted((a, b) => a - b))
        }
        expect(most).toBeLessThanOrEqual(concurrency)
        // and as many as there is work for
        expect(most).toBe(Math.min(concurrency, new Set(lanes).size))
      },
    ),
    { numRuns: 60 },
  )
})

test('after an error nothing begins, what is in flight ends, and the first error is told', async () => {
  const log: string[] = []
  const release = Promise.withResolvers<void>()
  const all = inLanes(['a', 'b', 'a', 'c'], {
    concurrency: 2,
    laneOf: (lane) => lane,
    signal,
    async run(lane, index) {
      log.push(`begin ${lane}${index}`)
      if (lane === 'a') throw new Error('a failed')
      await release.promise
      log.push(`end ${lane}${index}`)
      return true
    },
  })
  const failed = all.catch((error: unknown) => error)
  await new Promise((resolve) => setImmediate(resolve))
  release.resolve()
  expect(await failed).toMatchObject({ message: 'a failed' })
  expect(log).toEqual(['begin a0', 'begin b1', 'end b1'])
})
