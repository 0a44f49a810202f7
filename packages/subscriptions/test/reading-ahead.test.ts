import { expect, test } from 'vitest'
import {
  constantPolling,
  memoryCheckpoints,
  subscribe,
  type SubscriptionOptions,
} from '@mdb/subscriptions'
import { boundedSource } from '../src/consumer-group/bounded-source.ts'
import type { MessageSource } from '../src/message-source.ts'
import { pollLoop } from '../src/poll-loop.ts'
import { manualClock } from './support/manual-clock.ts'
import { messageAt, scriptedStore } from './support/scripted-store.ts'

const source = { category: 'airport' }
const base = { id: 'ahead', source, batchSize: 2 } satisfies Partial<SubscriptionOptions>

test('the page after a full one is read while it is handled, and only that one', async () => {
  const store = scriptedStore([2, 2, 2, 0])
  const reads: number[] = []
  const subscription = subscribe(store, {
    ...base,
    async handler() {
      await turns()
      reads.push(store.positions.length)
    },
  })
  await subscription.run({ until: 'caught up' })
  expect(reads).toEqual([2, 2, 3, 3, 4, 4])
  expect(store.positions).toEqual([1n, 3n, 5n, 7n])
})

test('while the place of a page is saved, the page after the next is read', async () => {
  const store = scriptedStore([2, 2, 2, 0])
  const reads: number[] = []
  const checkpoints = memoryCheckpoints()
  const subscription = subscribe(store, {
    ...base,
    checkpoints: {
      ...checkpoints,
      async save(...given) {
        await turns()
        reads.push(store.positions.length)
        await checkpoints.save(...given)
      },
    },
    checkpointInterval: { messages: 2 },
    handler: () => undefined,
  })
  await subscription.run({ until: 'caught up' })
  expect(reads).toEqual([3, 4, 4])
})

test('it is asked for as soon as the page is there, before its messages are decoded', async () => {
  const log: string[] = []
  const decoding = Promise.withResolvers<void>()
  const subscription = subscribe(
    {
      ...scriptedStore([]),
      async getCategoryMessages(_, { position = 0n, onRows } = {}) {
        log.push(`read ${position}`)
        if (position > 1n) {
          decoding.resolve()
          return []
        }
        onRows?.({ count: 2, lastPosition: 2n })
        await decoding.promise
        log.push('decoded')
        return [messageAt('airport-1', 1n), messageAt('airport-1', 2n)] as never
      },
    },
    { ...base, handler: ({ position }) => void log.push(`handled ${position}`) },
  )
  await subscription.run({ until: 'caught up' })
  expect(log).toEqual(['read 1', 'read 3', 'decoded', 'handled 1', 'handled 2'])
})

test('its failure comes when its turn comes: what is before it is handled and saved', async () => {
  const checkpoints = memoryCheckpoints()
  const handled: bigint[] = []
  const subscription = subscribe(scriptedStore([2, new Error('unreadable')]), {
    ...base,
    checkpoints,
    async handler({ position }) {
      await turns()
      handled.push(position)
    },
  })
  const failure = { code: 'SOURCE_FAILED', position: 2n }
  await expect(subscription.run()).rejects.toMatchObject(failure)
  expect(handled).toEqual([1n, 2n])
  expect(await checkpoints.load({ subscriptionId: 'ahead', source: 'airport' })).toBe(2n)
})

test('nobody waits for a failure that nobody asks for', async () => {
  const subscription = subscribe(scriptedStore([2, new Error('unreadable')]), {
    ...base,
    async handler() {
      await turns()
      void subscription.stop()
    },
  })
  await expect(subscription.run()).resolves.toEqual({ reason: 'stopped', position: 1n })
})

test('a wake-up that rings after the page ahead was asked for is not lost', async () => {
  const clock = manualClock()
  const store = scriptedStore([2, 1, 1, 0])
  let ring = (): void => undefined
  const subscription = subscribe(store, {
    ...base,
    clock,
    polling: constantPolling({ interval: 1_000 }),
    wakeUps: {
      listen(_, wake) {
        ring = wake
        return () => undefined
      },
    },
    async handler({ position }) {
      if (position !== 1n) return
      await turns()
      expect(store.positions).toEqual([1n, 3n])
      ring()
    },
  })
  const run = subscription.run()
  await clock.untilAsleep()
  expect(store.positions).toEqual([1n, 3n, 4n])
  expect(clock.sleeps).toEqual([1_000])
  await subscription.stop()
  await run
})

test('what is read up to a barrier is handled before the barrier counts as reached', async () => {
  const log: string[] = []
  const plain: MessageSource<ReturnType<typeof messageAt>> = {
    name: 'airport',
    positionOf: ({ globalPosition }) => globalPosition,
    begin: () => Promise.reject(new Error('not asked for')),
    read(position) {
      log.push(`read ${position}`)
      const messages = [position, position + 1n].map((at) => messageAt('airport-1', at))
      return Promise.resolve({ messages, next: position + 2n })
    },
  }
  const reached = new AbortController()
  const onReached = (): void => {
    log.push('reached')
    reached.abort()
  }
  const { signal } = reached
  const pages = pollLoop(boundedSource(plain, { barrier: 4n, batchSize: 2, onReached }), 1n, {
    polling: constantPolling({ interval: 1 }),
    batchSize: 2,
    signal,
    ready: () => Promise.resolve(),
    read: async (read) => ({ value: await read() }),
    explain: (error) => error as Error,
    pause: () => Promise.resolve(),
  })
  for await (const { messages } of pages) {
    await turns()
    if (!signal.aborted) log.push(`handled ${messages.at(-1)?.position}`)
  }
  expect(log).toEqual(['read 1', 'read 3', 'handled 2', 'handled 4', 'reached'])
})

test('between two pages, all else in the process gets its turn', async () => {
  let pages = 0
  let turn: number | undefined
  setImmediate(() => (turn = pages))
  // A database inside the process answers in the same turn of the event loop.
  const subscription = subscribe(scriptedStore([2, 2, 2, 2, 2]), {
    ...base,
    eachPage: () => void (pages += 1),
  })
  await subscription.run({ until: 'caught up' })
  expect(pages).toBe(5)
  expect(turn).toBe(1)
})

/** As long as anything that needs no clock and no database can take. */
async function turns(): Promise<void> {
  for (let turn = 0; turn < 50; turn += 1) await Promise.resolve()
}
