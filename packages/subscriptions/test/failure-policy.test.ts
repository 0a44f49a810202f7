import type { Message } from '@mdb/core'
import {
  InvalidOptionError,
  park,
  retry,
  retryThenPark,
  retryThenSkip,
  retryThenStop,
  skip,
  stop,
  stopAlways,
  subscribe,
  type FailurePolicy,
} from '@mdb/subscriptions'
import { describe, expect, test } from 'vitest'
import { recordEvents } from './support/events.ts'
import { jumpingClock, manualClock } from './support/manual-clock.ts'
import { messageAt, scriptedStore } from './support/scripted-store.ts'

const failureAt = (attempt: number) => ({
  error: new Error('no'),
  message: messageAt('airport-1', 1n),
  attempt,
})

describe('policies are pure', () => {
  test.each([
    ['park', retryThenPark],
    ['skip', retryThenSkip],
    ['stop', retryThenStop],
  ])('retry, then %s', (last, make) => {
    const policy = make({ attempts: 3, min: 10, max: 20 })
    expect([1, 2, 3, 4].map((attempt) => policy(failureAt(attempt)).type)).toEqual([
      'retry',
      'retry',
      last,
      last,
    ])
    expect(policy.parks === true).toBe(last === 'park')
    expect(make({ attempts: 1 })(failureAt(1)).type).toBe(last)
    expect(make({ attempts: Infinity })(failureAt(1e9)).type).toBe('retry')
  })

  test('verdicts say what they are', () => {
    expect([park(), skip(), stop(), stopAlways(failureAt(1))]).toEqual([
      { type: 'park' },
      { type: 'skip' },
      { type: 'stop' },
      { type: 'stop' },
    ])
  })

  test.each([
    ['attempts', () => retryThenPark({ attempts: 0 })],
    ['attempts', () => retryThenSkip({ attempts: 1.5 })],
    ['attempts', () => retryThenStop({ attempts: Number.NaN })],
    ['min', () => retry({ min: 0 })],
    ['max', () => retry({ min: 10, max: 9 })],
    ['multiplier', () => retryThenPark({ attempts: 2, multiplier: 0.5 })],
  ])('refuses a bad %s', (option, make) => {
    expect(make).toThrow(InvalidOptionError)
    expect(make).toThrow(expect.objectContaining({ option }))
  })
})

describe('retries', () => {
  const base = { id: 'delays', source: { category: 'airport' } }

  test('wait longer each time, up to the cap, with jitter; and tell', async () => {
    const clock = jumpingClock()
    const events = recordEvents()
    const boom = new Error('boom')
    let calls = 0
    const subscription = subscribe(scriptedStore([1]), {
      ...base,
      ...events,
      clock,
      failure: retryThenStop({ attempts: 9, min: 100, max: 500, random: () => 0.5 }),
      handler() {
        calls += 1
        if (calls < 6) throw boom
        void subscription.stop()
      },
    })
    expect(await subscription.run()).toEqual({ reason: 'stopped', position: 1n })
    expect(clock.sleeps).toEqual([75, 150, 300, 375, 375])
    const retries = events.all.filter(({ type }) => type === 'retrying')
    expect(retries[0]).toMatchObject({
      message: { streamName: 'airport-1', globalPosition: 1n },
      attempt: 1,
      delay: 75,
      error: boom,
    })
    expect(retries.map((event) => 'attempt' in event && event.attempt)).toEqual([1, 2, 3, 4, 5])
  })

  test('count anew for each message', async () => {
    const attempts: number[] = []
    const policy: FailurePolicy = ({ attempt }) => {
      attempts.push(attempt)
      return attempt < 2 ? retry({ min: 1 }) : skip()
    }
    const events = recordEvents()
    const subscription = subscribe(scriptedStore([3]), {
      ...base,
      ...events,
      clock: jumpingClock(),
      failure: policy,
      handler: () => Promise.reject(new Error('boom')),
    })
    const run = subscription.run()
    await events.next('live')
    await subscription.stop()
    expect(await run).toEqual({ reason: 'stopped', position: 3n })
    expect(attempts).toEqual([1, 2, 1, 2, 1, 2])
    expect(events.all.filter(({ type }) => type === 'skipped')).toMatchObject([
      { attempts: 2, message: { globalPosition: 1n } },
      { attempts: 2, message: { globalPosition: 2n } },
      { attempts: 2, message: { globalPosition: 3n } },
    ])
  })

  test('a stop ends the wait, and the message is not handled', async () => {
    const clock = manualClock()
    const subscription = subscribe(scriptedStore([2]), {
      ...base,
      clock,
      failure: () => retry({ min: 1e6, max: 1e6 }),
      handler: ({ globalPosition }: Message) =>
        globalPosition === 2n ? Promise.reject(new Error('boom')) : undefined,
    })
    const run = subscription.run()
    await clock.untilAsleep()
    await subscription.stop()
    expect(await run).toEqual({ reason: 'stopped', position: 1n })
  })
})

describe('a policy that is wrong', () => {
  test.each<[string, unknown]>([
    ['threw "oops"', () => Promise.reject(new Error('unused'))],
    ['returned null', () => null],
    ['returned a promise', () => Promise.resolve(park())],
    ['returned {"type":"later"}', () => ({ type: 'later' })],
    ['returned {"type":"retry"}', () => ({ type: 'retry' })],
  ])('%s: it is told, with what the handler threw', async (problem, policy) => {
    const throws = (): never => {
      // oxlint-disable-next-line typescript/only-throw-error -- as a careless policy does
      throw 'oops'
    }
    const subscription = subscribe(scriptedStore([1]), {
      id: 'delays',
      source: { category: 'airport' },
      failure: (problem.startsWith('threw') ? throws : policy) as FailurePolicy,
      handler: () => Promise.reject(new Error('boom')),
    })
    await expect(subscription.run()).rejects.toMatchObject({
      code: 'FAILURE_POLICY',
      failure: expect.objectContaining({ message: 'boom' }),
      message: expect.stringContaining(problem),
    })
  })

  test('parks where nothing can be parked: it is told', async () => {
    const subscription = subscribe(scriptedStore([1]), {
      id: 'delays',
      source: { category: 'airport' },
      failure: () => park(),
      handler: () => Promise.reject(new Error('boom')),
    })
    await expect(subscription.run()).rejects.toMatchObject({
      code: 'PARKING_UNAVAILABLE',
      message: expect.stringContaining('tableCheckpoints(db)'),
    })
  })
})
