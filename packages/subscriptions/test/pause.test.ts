import {
  constantPolling,
  InvalidOptionError,
  subscribe,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { describe, expect } from 'vitest'
import { recordEvents } from './support/events.ts'
import { manualClock } from './support/manual-clock.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest({ backend: 'embedded' })
const base = { id: 'delays', polling: constantPolling({ interval: 1 }) }
const key = { subscriptionId: 'delays', source: 'airport' }

describe('pause', () => {
  test('holds after the page in flight, with the place saved, and goes on where it was', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 10)
    const checkpoints = tableCheckpoints(db)
    const events = recordEvents()
    const numbers: number[] = []
    let paused: Promise<void> | undefined
    const subscription = subscribe<Counted>(store, {
      ...base,
      source: { category: 'airport' },
      batchSize: 4,
      checkpoints,
      ...events,
      handler({ data }) {
        if (numbers.push(data.n) === 2) paused = subscription.pause()
      },
    })
    const run = subscription.run()
    await events.next('paused')
    await paused
    expect(numbers).toEqual([1, 2, 3, 4])
    expect(subscription.state).toBe('paused')
    expect(await checkpoints.load(key)).toBe(4n)
    await writeNumbers(store, 'airport-SEA', 11, 12)
    subscription.resume()
    await events.next('live')
    expect(numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
    await subscription.stop()
    expect(await run).toMatchObject({ reason: 'stopped', position: 12n })
    expect(events.types().filter((type) => type === 'resumed')).toHaveLength(1)
  })

  test('ends a sleep at once, and reads nothing while it lasts', async ({ db, store }) => {
    await installCheckpoints(db)
    const clock = manualClock()
    const events = recordEvents()
    const numbers: number[] = []
    const subscription = subscribe<Counted>(store, {
      ...base,
      source: { category: 'airport' },
      clock,
      checkpoints: tableCheckpoints(db),
      ...events,
      handler: ({ data }) => void numbers.push(data.n),
    })
    const run = subscription.run()
    await clock.untilAsleep()
    await subscription.pause()
    expect(subscription.state).toBe('paused')
    await writeNumbers(store, 'airport-SEA', 1, 1)
    clock.advance(1_000_000)
    // again changes nothing
    await subscription.pause()
    expect(numbers).toEqual([])
    subscription.resume()
    await events.next('resumed')
    await events.next('live')
    expect(numbers).toEqual([1])
    await subscription.stop()
    await run
  })

  test('before the run nothing is read, and a stop ends it', async ({ store }) => {
    const events = recordEvents()
    const options = { ...base, source: { category: 'airport' }, ...events }
    const subscription = subscribe(store, { ...options, handler: () => {} })
    await subscription.pause()
    const run = subscription.run()
    await events.next('paused')
    await subscription.stop()
    expect(await run).toEqual({ reason: 'stopped', position: undefined })
    expect(events.types()).toEqual(['started', 'paused', 'ended'])
    await subscription.pause()
    subscription.resume()
  })

  test('an elastic group keeps its members, and those that it claims meanwhile wait too', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    for (let n = 1; n <= 8; n += 1) await writeNumbers(store, `airport-${n}`, n, n)
    const events = recordEvents()
    const numbers: number[] = []
    const all = Promise.withResolvers<void>()
    const subscription = subscribe<Counted>(store, {
      ...base,
      source: { category: 'airport', consumerGroup: { size: 2, heartbeat: 20 } },
      checkpoints: tableCheckpoints(db),
      ...events,
      handler({ data }) {
        if (numbers.push(data.n) === 8) all.resolve()
      },
    })
    await subscription.pause()
    const run = subscription.run()
    await events.next('paused')
    await events.next('paused')
    expect(subscription.state).toBe('paused')
    expect(numbers).toEqual([])
    subscription.resume()
    await all.promise
    await subscription.stop()
    await run
    expect(numbers.toSorted((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
  })
})

describe('until it has caught up', () => {
  test('it ends normally, with everything handled and saved', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 10)
    const checkpoints = tableCheckpoints(db)
    for (const [source, batchSize] of [
      [{ category: 'airport' }, 3],
      [{ category: 'airport' }, 5],
      [{ all: true, correlation: 'none' }, 5],
    ] as const) {
      const events = recordEvents()
      const numbers: number[] = []
      const subscription = subscribe<Counted>(store, {
        ...base,
        id: `delays${batchSize}`,
        source,
        batchSize,
        checkpoints,
        ...events,
        handler: ({ data }) => void numbers.push(data.n),
      })
      expect(await subscription.run({ until: 'caught up' })).toEqual({
        reason: 'caught up',
        position: 10n,
      })
      expect(numbers).toHaveLength('category' in source ? 10 : 0)
      expect(events.all.at(-1)).toMatchObject({ type: 'ended', reason: 'caught up' })
      const name = 'category' in source ? 'airport' : '$all'
      expect(await checkpoints.load({ subscriptionId: `delays${batchSize}`, source: name })).toBe(
        10n,
      )
    }
  })

  test('a failure is a failure, and an elastic group does not know when that is', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 1)
    const fail = (): never => {
      throw new Error('no')
    }
    const failing = subscribe(store, { ...base, source: { category: 'airport' }, handler: fail })
    await expect(failing.run({ until: 'caught up' })).rejects.toMatchObject({
      code: 'HANDLER_FAILED',
    })
    const elastic = subscribe(store, {
      ...base,
      source: { category: 'airport', consumerGroup: { size: 2 } },
      checkpoints: tableCheckpoints(db),
      handler: fail,
    })
    await expect(elastic.run({ until: 'caught up' })).rejects.toThrow(InvalidOptionError)
    const other = subscribe(store, { ...base, source: { category: 'airport' }, handler: fail })
    // @ts-expect-error there is no other end
    await expect(other.run({ until: 'dawn' })).rejects.toThrow(InvalidOptionError)
  })
})

describe('a stall', () => {
  test('is reported once, when a handler takes too long, and when it gets on again', async ({
    store,
  }) => {
    await writeNumbers(store, 'airport-SEA', 1, 2)
    const clock = manualClock()
    const events = recordEvents()
    const began = Promise.withResolvers<void>()
    const end = Promise.withResolvers<void>()
    const subscription = subscribe<Counted>(store, {
      ...base,
      source: { category: 'airport' },
      clock,
      stallAfter: 1_000,
      ...events,
      async handler({ data }) {
        if (data.n === 1) return
        began.resolve()
        await end.promise
      },
    })
    const run = subscription.run()
    await began.promise
    clock.advance(999)
    clock.advance(1)
    expect(await events.next('stalled')).toMatchObject({ position: 1n, milliseconds: 1_000 })
    clock.advance(5_000)
    end.resolve()
    expect(await events.next('progressing')).toMatchObject({ position: 2n, milliseconds: 6_000 })
    // idle for long is no stall
    for (let hour = 0; hour < 5; hour += 1) {
      await clock.untilAsleep(2)
      clock.advance(3_600_000)
    }
    await clock.untilAsleep(2)
    await subscription.pause()
    clock.advance(3_600_000)
    await clock.untilAsleep(1)
    clock.advance(3_600_000)
    subscription.resume()
    await subscription.stop()
    await run
    expect(events.types().filter((type) => type === 'stalled')).toHaveLength(1)
    expect(events.types().filter((type) => type === 'progressing')).toHaveLength(1)
  })

  test('must be a time', ({ store }) => {
    const options = { ...base, source: { category: 'airport' }, handler: () => {} }
    for (const stallAfter of [0, -1, Number.NaN]) {
      expect(() => subscribe(store, { ...options, stallAfter })).toThrow(InvalidOptionError)
    }
  })
})
