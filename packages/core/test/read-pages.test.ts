import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Message } from '@mdb/core'
import { messageIterable, type MessageSource } from '../src/reading/message-iterable.ts'
import type { PageRequest } from '../src/reading/page-request.ts'
import { collect } from './support/collect.ts'

// The loop by itself: a page source is a function, so pages can be held back and can fail.

const at = (position: bigint): Message => ({
  id: `${position}`,
  streamName: 'x-1',
  type: 'A',
  position,
  globalPosition: position,
  data: undefined,
  metadata: undefined,
  time: new Date(0),
})

type Options = MessageSource<Message, Message>['options']

function readingOf(
  fetch: (request: PageRequest) => Promise<Message[]>,
  options: Options = {},
  isTransaction = false,
) {
  const positionOf = ({ position }: Message): bigint => position
  const decode = (message: Message): Message => message
  const page = (): undefined => undefined
  const isRemote = true
  return messageIterable({ options, isTransaction, isRemote, page, fetch, positionOf, decode })
}

/** Serves pages as a server does: from a position on, in order, up to the size. */
const serve =
  (positions: readonly bigint[], { direction = 'forward' }: Options) =>
  async ({ position, size }: PageRequest): Promise<Message[]> => {
    const ordered = direction === 'forward' ? positions : positions.toReversed()
    return ordered
      .filter((candidate) =>
        direction === 'forward' ? candidate >= position : candidate <= position,
      )
      .slice(0, size)
      .map(at)
  }

const positionsOf = async (messages: AsyncIterable<Message>): Promise<bigint[]> =>
  (await collect(messages)).map(({ position }) => position)

/** Pages of two, each of which waits to be let go or to fail. */
function heldPages(last = 20n) {
  const requests: PageRequest[] = []
  const held: PromiseWithResolvers<Message[]>[] = []
  return {
    requests,
    fetch: async (request: PageRequest): Promise<Message[]> => {
      requests.push(request)
      const page = Promise.withResolvers<Message[]>()
      held.push(page)
      return page.promise
    },
    serve(index: number): void {
      const { position = 0n } = requests[index] ?? {}
      const positions = [position, position + 1n].filter((candidate) => candidate <= last)
      held[index]?.resolve(positions.map(at))
    },
    fail(index: number, error: Error): void {
      held[index]?.reject(error)
    },
  }
}

test('reads what is asked for, whatever the pages, the gaps and the bounds', async () => {
  const options = fc.record(
    {
      direction: fc.constantFrom('forward' as const, 'backward' as const),
      position: fc.bigInt(0n, 40n),
      until: fc.bigInt(0n, 40n),
      limit: fc.integer({ min: 1, max: 12 }),
      batchSize: fc.oneof(fc.integer({ min: 1, max: 7 }), fc.constant('unlimited' as const)),
      prefetch: fc.boolean(),
    },
    { requiredKeys: [] },
  )
  const gappy = fc.uniqueArray(fc.bigInt(0n, 40n)).map((list) => list.toSorted(compare))
  await fc.assert(
    fc.asyncProperty(gappy, options, async (positions, chosen) => {
      const { direction = 'forward', position, until, limit = Infinity, batchSize } = chosen
      const [low, high] = direction === 'forward' ? [position, until] : [until, position]
      const inRange = positions.filter(
        (candidate) => candidate >= (low ?? 0n) && candidate <= (high ?? 40n),
      )
      const expected = (direction === 'forward' ? inRange : inRange.toReversed()).slice(0, limit)

      const reading = readingOf(serve(positions, chosen), chosen)
      expect(await positionsOf(reading)).toEqual(expected)
      const pages = await collect(reading.pages())
      expect(pages.flat().map((message) => message.position)).toEqual(expected)
      const most = batchSize === 'unlimited' ? Infinity : (batchSize ?? 1000)
      for (const page of pages) {
        expect(page.length).toBeGreaterThan(0)
        expect(page.length).toBeLessThanOrEqual(most)
      }
    }),
    { numRuns: 500 },
  )
})

test('asks for no page after one that is not full, nor beyond a bound', async () => {
  const count = async (options: Options): Promise<number> => {
    let asked = 0
    const positions = Array.from({ length: 10 }, (_, index) => BigInt(index))
    const served = serve(positions, options)
    const reading = readingOf(async (request) => {
      asked++
      return served(request)
    }, options)
    await positionsOf(reading)
    return asked
  }
  expect(await count({ batchSize: 4 })).toBe(3)
  expect(await count({ batchSize: 5 })).toBe(3)
  expect(await count({ batchSize: 5, limit: 10 })).toBe(2)
  expect(await count({ batchSize: 5, until: 9n })).toBe(2)
  expect(await count({ batchSize: 5, until: 8n })).toBe(2)
  expect(await count({ batchSize: 5, direction: 'backward', position: 9n })).toBe(2)
  expect(await count({ batchSize: 'unlimited' })).toBe(1)
  expect(await count({ until: 3n, position: 4n })).toBe(0)
  expect(await count({ position: 2n ** 63n - 1n, batchSize: 1 })).toBe(1)
})

describe('fetching ahead', () => {
  test('is at most one page ahead, however long the caller takes', async () => {
    const pages = heldPages()
    const messages = readingOf(pages.fetch, { batchSize: 2 })[Symbol.asyncIterator]()
    expect(pages.requests).toHaveLength(0)
    const first = messages.next()
    expect(pages.requests).toHaveLength(1)
    pages.serve(0)
    expect((await first).value?.position).toBe(0n)
    expect(pages.requests).toHaveLength(2)
    pages.serve(1)
    expect((await messages.next()).value?.position).toBe(1n)
    // The second page is there, and the third is not asked for before the caller wants the second.
    await new Promise((resolve) => void setImmediate(resolve))
    expect(pages.requests).toHaveLength(2)
    expect((await messages.next()).value?.position).toBe(2n)
    expect(pages.requests.map(({ position }) => position)).toEqual([0n, 2n, 4n])
    pages.serve(2)
    await messages.return()
  })

  test.for<[string, Options, boolean]>([
    ['when told not to', { prefetch: false }, false],
    ['in a transaction', {}, true],
  ])('does not happen %s', async ([, options, isTransaction]) => {
    const pages = heldPages()
    const reading = readingOf(pages.fetch, { batchSize: 2, ...options }, isTransaction)
    const messages = reading[Symbol.asyncIterator]()
    const first = messages.next()
    pages.serve(0)
    await first
    await messages.next()
    expect(pages.requests).toHaveLength(1)
    void messages.next()
    expect(pages.requests).toHaveLength(2)
  })

  test('happens in a transaction that asks for it', async () => {
    const pages = heldPages()
    const reading = readingOf(pages.fetch, { batchSize: 2, prefetch: true }, true)
    const first = reading[Symbol.asyncIterator]().next()
    pages.serve(0)
    await first
    expect(pages.requests).toHaveLength(2)
  })

  test('a failure shows when the caller gets to the page, after all before it', async () => {
    const pages = heldPages()
    const messages = readingOf(pages.fetch, { batchSize: 2 })[Symbol.asyncIterator]()
    const first = messages.next()
    pages.serve(0)
    await first
    pages.fail(1, new Error('the second page'))
    // Long enough for Node to call it unhandled, if it were.
    await new Promise((resolve) => void setImmediate(resolve))
    expect((await messages.next()).value?.position).toBe(1n)
    await expect(messages.next()).rejects.toThrow('the second page')
    expect(await messages.next()).toEqual({ done: true, value: undefined })
  })

  test('a failure of a page that nobody gets to is nobody’s', async () => {
    const pages = heldPages()
    const messages = readingOf(pages.fetch, { batchSize: 2 })[Symbol.asyncIterator]()
    const first = messages.next()
    pages.serve(0)
    await first
    const left = messages.return()
    pages.fail(1, new Error('never reached'))
    expect(await left).toEqual({ done: true, value: undefined })
  })

  test('leaving waits for the page that is on its way', async () => {
    const pages = heldPages()
    const messages = readingOf(pages.fetch, { batchSize: 2 })[Symbol.asyncIterator]()
    const first = messages.next()
    pages.serve(0)
    await first
    let left = false
    const leave = async (): Promise<void> => {
      await messages.return()
      left = true
    }
    const leaving = leave()
    await new Promise((resolve) => void setImmediate(resolve))
    expect(left).toBe(false)
    pages.serve(1)
    await leaving
    expect(pages.requests).toHaveLength(2)
  })
})

test('an abort ends the read between two messages of a page', async () => {
  const controller = new AbortController()
  const reason = new Error('enough')
  const seen: bigint[] = []
  const { signal } = controller
  const reading = readingOf(serve([0n, 1n, 2n], {}), { signal })
  const read = async (): Promise<void> => {
    for await (const { position } of reading) {
      seen.push(position)
      controller.abort(reason)
    }
  }
  await expect(read()).rejects.toBe(reason)
  expect(seen).toEqual([0n])
  await expect(positionsOf(reading)).rejects.toBe(reason)
})

test('each iteration reads anew, and two at a time do not disturb each other', async () => {
  const reading = readingOf(serve([0n, 1n, 2n], {}), { batchSize: 2 })
  const both = await Promise.all([positionsOf(reading), positionsOf(reading)])
  expect(both).toEqual([
    [0n, 1n, 2n],
    [0n, 1n, 2n],
  ])
})

function compare(a: bigint, b: bigint): number {
  return a < b ? -1 : 1
}
