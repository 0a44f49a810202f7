import { describe, expect } from 'vitest'
import { exponentialBackoff, memoryCheckpoints, subscribe } from '@mdb/subscriptions'
import { createMessageStore, type Message } from '@mdb/core'
import { messageStoreTest } from '@mdb/testing/vitest'
import { codedError } from './support/errors.ts'
import { recordEvents } from './support/events.ts'
import { jumpingClock } from './support/manual-clock.ts'
import { scriptedStore } from './support/scripted-store.ts'
import { untilLive, writeNumbers } from './support/numbers.ts'

// What gomdb, which this package begins from, does wrong when it is run, one test each.

const test = messageStoreTest({ backend: 'pglite' })
const base = { id: 'delays', source: { category: 'airport' }, handler: () => {} }

describe('the seed does this wrong', () => {
  test('a message does not know its stream: here it does', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 1)
    const names: string[] = []
    const subscription = subscribe(store, {
      ...base,
      handler({ streamName }: Message) {
        names.push(streamName)
        void subscription.stop()
      },
    })
    await subscription.run()
    expect(names).toEqual(['airport-SEA'])
  })

  test('a read that fails ends the subscription without its error: here with it', async ({
    db,
  }) => {
    const events = recordEvents()
    const store = createMessageStore(db, { schema: 'nowhere' })
    const failure: unknown = await subscribe(store, { ...base, ...events })
      .run()
      .catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'SOURCE_FAILED', cause: expect.any(Error) })
    expect(events.all.at(-1)).toMatchObject({ type: 'ended', reason: 'failed', error: failure })
  })

  test('a plain cancel ends it with an error: here without one', async ({ store }) => {
    const events = recordEvents()
    const controller = new AbortController()
    const run = subscribe(store, { ...base, ...events }).run({ signal: controller.signal })
    await events.next('live')
    controller.abort()
    expect(await run).toEqual({ reason: 'aborted', position: undefined })
    expect(events.all.at(-1)).toMatchObject({ reason: 'aborted', error: undefined })
  })

  test('one failed read ends it: here it goes on', async () => {
    const store = scriptedStore([2, codedError('57P01'), codedError('ECONNRESET'), 1])
    const seen: bigint[] = []
    const subscription = subscribe(store, {
      ...base,
      clock: jumpingClock(),
      handler({ globalPosition }: Message) {
        seen.push(globalPosition)
        if (globalPosition === 3n) void subscription.stop()
      },
    })
    await subscription.run()
    expect(seen).toEqual([1n, 2n, 3n])
    expect(store.positions).toEqual([1n, 3n, 3n, 3n])
  })

  test('a handler cannot fail: here it can', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 2)
    const boom = new Error('boom')
    const subscription = subscribe(store, { ...base, handler: () => Promise.reject(boom) })
    await expect(subscription.run()).rejects.toMatchObject({ code: 'HANDLER_FAILED', cause: boom })
  })

  test('no position survives a restart: here it does', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 3)
    const checkpoints = memoryCheckpoints()
    await untilLive(store, { ...base, checkpoints })
    await writeNumbers(store, 'airport-SEA', 4, 4)
    expect((await untilLive(store, { ...base, checkpoints })).numbers).toEqual([4])
  })

  test('a fraction of a multiplier is cut off: here it counts', () => {
    const polling = exponentialBackoff({ min: 100, max: 1_000, multiplier: 1.5 })
    const first = polling.next({ received: 0, batchSize: 10 }, polling.initial)
    expect(polling.next({ received: 0, batchSize: 10 }, first.state).delay).toBe(150)
  })

  test('after 37 empty polls the delay is zero: here it is max', () => {
    const polling = exponentialBackoff({ min: 50, max: 5_000, multiplier: 2 })
    let state = polling.initial
    for (let polls = 1; polls <= 1_000; polls += 1) {
      const step = polling.next({ received: 0, batchSize: 10 }, state)
      state = step.state
      if (polls > 7) expect(step.delay).toBe(5_000)
    }
  })
})
