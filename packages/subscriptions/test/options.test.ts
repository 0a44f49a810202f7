import { describe, expect, test } from 'vitest'
import {
  constantPolling,
  createSubscriber,
  InvalidOptionError,
  memoryCheckpoints,
  retryThenPark,
  retryThenStop,
  subscribe,
  SubscriptionError,
  type SubscriptionDefaults,
  type SubscriptionOptions,
} from '@mdb/subscriptions'
import { resolveOptions } from '../src/options.ts'
import { recordEvents } from './support/events.ts'
import { jumpingClock } from './support/manual-clock.ts'
import { scriptedStore } from './support/scripted-store.ts'

const valid: SubscriptionOptions = {
  id: 'delays',
  source: { category: 'airport' },
  handler: () => {},
}

describe('validation', () => {
  test.each<[string, Record<string, unknown>]>([
    ['id', { id: '' }],
    ['id', { id: 'a+b' }],
    ['id', { id: 'a b' }],
    ['id', { id: '-a' }],
    ['id', { id: 'a'.repeat(201) }],
    ['id', { id: undefined }],
    ['handler', { handler: undefined }],
    ['polling', { polling: { initial: 1 } }],
    ['batchSize', { batchSize: 0 }],
    ['batchSize', { batchSize: -1 }],
    ['batchSize', { batchSize: 1.5 }],
    ['batchSize', { batchSize: 'unlimited' }],
    ['checkpoints', { checkpoints: {} }],
    ['checkpointInterval.messages', { checkpointInterval: { messages: 0 } }],
    ['checkpointInterval.milliseconds', { checkpointInterval: { milliseconds: -1 } }],
    ['checkpointInterval.milliseconds', { checkpointInterval: { milliseconds: Number.NaN } }],
    ['eachPage', { handler: undefined, eachPage: 5 }],
    ['handler', { eachPage: () => {} }],
    ['concurrency', { handler: undefined, eachPage: () => {}, concurrency: 2 }],
    ['concurrency', { concurrency: 0 }],
    ['concurrency', { concurrency: 1.5 }],
    ['failure', { failure: 'park' }],
    ['checkpoints', { failure: retryThenPark({ attempts: 1 }) }],
    ['checkpoints', { failure: retryThenPark({ attempts: 1 }), checkpoints: memoryCheckpoints() }],
    ['reconnect.min', { reconnect: { min: 0 } }],
    ['reconnect.max', { reconnect: { min: 10, max: 5 } }],
    ['reconnect.multiplier', { reconnect: { multiplier: 0 } }],
    ['wakeUps', { wakeUps: {} }],
    ['observer', { observer: {} }],
    ['stallAfter', { stallAfter: 2 ** 31 }],
    ['clock', { clock: {} }],
    ['clock', { clock: { now: () => 0 } }],
    ['readFrom', { readFrom: {} }],
    ['readFrom', { readFrom: scriptedStore([]) }],
    ['source', { source: undefined }],
    ['source', { source: {} }],
    ['source', { source: { category: 'airport', stream: 'airport-SEA' } }],
    ['source.category', { source: { category: 'airport-SEA' } }],
    ['source.category', { source: { category: '' } }],
    ['source.stream', { source: { stream: 'airport' } }],
    ['source.stream', { source: { stream: '' } }],
    ['source.position', { source: { category: 'airport', position: -1n } }],
    ['source.position', { source: { category: 'airport', position: 1 } }],
    ['source', { source: { category: 'airport', categories: ['airport'] } }],
    ['source', { source: { all: true, categories: ['airport'] } }],
    ['source', { source: { all: true, position: 1n, tail: true } }],
    ['source', { source: { all: true, since: new Date(0), tail: true } }],
    ['source.category', { source: { category: '$all' } }],
    ['source.categories', { source: { categories: [] } }],
    ['source.categories', { source: { categories: 'airport' } }],
    ['source.categories', { source: { categories: ['airport', 'flight-1'] } }],
    ['source.categories', { source: { categories: ['airport', ''] } }],
    ['source.categories', { source: { categories: ['airport,flight'] } }],
    ['source.all', { source: { all: false } }],
    ['source.tail', { source: { all: true, tail: false } }],
    ['source.since', { source: { all: true, since: '2020-01-01' } }],
    ['source.since', { source: { all: true, since: new Date(Number.NaN) } }],
    ['source.since', { source: { all: true, since: new Date(Date.now() + 60_000) } }],
    ['source.consumerGroup.size', { source: { all: true, consumerGroup: { member: 0, size: 0 } } }],
    ['source.correlation', { source: { category: 'airport', correlation: 'flight-1' } }],
    ['source.consumerGroup.size', { source: group(0, 0) }],
    ['source.consumerGroup.size', { source: group(0, 32_768) }],
    ['source.consumerGroup.member', { source: group(-1, 2) }],
    ['source.consumerGroup.member', { source: group(2, 2) }],
    ['source.consumerGroup.member', { source: group(0.5, 2) }],
    ['source.consumerGroup.lease', { source: elastic({ lease: 99 }) }],
    ['source.consumerGroup.lease', { source: elastic({ lease: 2 ** 31 }) }],
    ['source.consumerGroup.heartbeat', { source: elastic({ heartbeat: 0 }) }],
    ['source.consumerGroup.heartbeat', { source: elastic({ lease: 1_000, heartbeat: 500 }) }],
    ['source.consumerGroup.processName', { source: elastic({ processName: '' }) }],
    ['source.consumerGroup.processName', { source: elastic({ processName: 'x'.repeat(201) }) }],
    ['source.consumerGroup.processName', { source: elastic({ processName: 'a\nb' }) }],
    ['checkpoints', { source: elastic({}) }],
    ['source.tail', { source: { ...elastic({}), tail: true } }],
  ])('refuses a bad %s before anything is sent: %o', (option, change) => {
    const store = scriptedStore([])
    const options = { ...valid, ...change } as SubscriptionOptions
    const error = thrownBy(() => subscribe(store, options))
    expect(error).toBeInstanceOf(InvalidOptionError)
    expect(error).toBeInstanceOf(SubscriptionError)
    expect(error).toMatchObject({ code: 'INVALID_OPTION', option, name: 'InvalidOptionError' })
    expect(store.positions).toEqual([])
  })

  test('takes ids with signs that are not the separator', () => {
    expect(subscribe(scriptedStore([]), { ...valid, id: 'app/delays:v2.1_a-b' }).id).toBe(
      'app/delays:v2.1_a-b',
    )
  })
})

test.each([-5, Number.NaN, Infinity, 2 ** 31, 'x', undefined])(
  'a polling strategy that answers %s ends the run, which says so',
  async (delay) => {
    const polling = { initial: 0, next: () => ({ delay: delay as number, state: 0 }) }
    const subscription = subscribe(scriptedStore([1]), { ...valid, polling })
    await expect(subscription.run()).rejects.toMatchObject({
      code: 'INVALID_OPTION',
      option: 'polling',
      value: delay,
    })
  },
)

test('a signal of a run that is none is refused', async () => {
  const signal = 'x' as unknown as AbortSignal
  const run = subscribe(scriptedStore([1]), valid).run({ signal })
  await expect(run).rejects.toMatchObject({ code: 'INVALID_OPTION', option: 'signal', value: 'x' })
})

describe('defaults', () => {
  test('those of the subscription win over those of the subscriber', () => {
    const own = { polling: constantPolling({ interval: 1 }), checkpoints: memoryCheckpoints() }
    const shared = { polling: constantPolling({ interval: 2 }), batchSize: 7 }
    expect(resolveOptions({ ...valid, ...own }, shared)).toMatchObject({ ...own, batchSize: 7 })
  })

  test('an explicit undefined does not erase a default', () => {
    const defaults = {
      polling: constantPolling({ interval: 1 }),
      batchSize: 7,
      checkpoints: memoryCheckpoints(),
      checkpointInterval: { messages: 3, milliseconds: 4 },
      reconnect: { min: 1, max: 2, multiplier: 3, random: () => 0 },
      wakeUps: { listen: () => () => {} },
      failure: retryThenStop({ attempts: 2 }),
      stallAfter: 5,
      controlInterval: 6,
      readFrom: Object.assign(scriptedStore([]), { using: () => scriptedStore([]) }),
      observer: () => {},
      clock: jumpingClock(),
    } satisfies SubscriptionDefaults
    const erasing: { [K in keyof SubscriptionDefaults]-?: undefined } = {
      polling: undefined,
      batchSize: undefined,
      checkpoints: undefined,
      checkpointInterval: undefined,
      reconnect: undefined,
      wakeUps: undefined,
      failure: undefined,
      stallAfter: undefined,
      controlInterval: undefined,
      readFrom: undefined,
      observer: undefined,
      clock: undefined,
    }
    expect(resolveOptions({ ...valid, ...erasing }, defaults)).toMatchObject(defaults)
    const partly = {
      checkpointInterval: { messages: 9, milliseconds: undefined },
      reconnect: { max: 8, min: undefined },
    }
    expect(resolveOptions({ ...valid, ...partly }, defaults)).toMatchObject({
      checkpointInterval: { messages: 9, milliseconds: 4 },
      reconnect: { min: 1, max: 8, multiplier: 3 },
    })
  })

  test('without any, they are the documented ones', () => {
    const resolved = resolveOptions(valid)
    expect(resolved).toMatchObject({
      batchSize: 1_000,
      checkpoints: undefined,
      checkpointInterval: { messages: 1_000, milliseconds: 5_000 },
      reconnect: { min: 100, max: 10_000, multiplier: 2 },
      observer: undefined,
    })
    expect(resolved.polling.next({ received: 0, batchSize: 1 }, resolved.polling.initial)).toEqual({
      delay: 50,
      state: 100,
    })
  })

  test('one strategy for all: each subscription has a polling state of its own', async () => {
    const clocks = [jumpingClock(), jumpingClock()]
    const subscriber = createSubscriber(scriptedStore([]))
    await Promise.all(
      clocks.map(async (clock, index) => {
        const events = recordEvents()
        const subscription = subscriber.subscribe({ ...valid, id: `s${index}`, clock, ...events })
        const run = subscription.run()
        await events.next('live')
        while (clock.sleeps.length < 4) await new Promise((resolve) => setImmediate(resolve))
        await subscription.stop()
        await run
      }),
    )
    for (const { sleeps } of clocks) expect(sleeps.slice(0, 4)).toEqual([50, 100, 200, 400])
  })
})

function elastic(options: object): object {
  return { category: 'airport', consumerGroup: { size: 2, ...options } }
}

function group(member: number, size: number): object {
  return { category: 'airport', consumerGroup: { member, size } }
}

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return error
  }
  return undefined
}
