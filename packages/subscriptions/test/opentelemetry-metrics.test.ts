import {
  AggregationTemporality,
  InMemoryMetricExporter,
  MeterProvider,
  PeriodicExportingMetricReader,
} from '@opentelemetry/sdk-metrics'
import { type HandlerContext, retryThenSkip, subscribe, tableCheckpoints } from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { measured, measuredPage, metricsObserver } from '@mdb/subscriptions/opentelemetry'
import { messageStoreTest } from '@mdb/testing/vitest'
import { describe, expect } from 'vitest'
import { codedError } from './support/errors.ts'
import { messageAt, scriptedStore } from './support/scripted-store.ts'
import { jumpingClock } from './support/manual-clock.ts'
import { writeNumbers } from './support/numbers.ts'

const test = messageStoreTest({ backend: 'pglite' })

/** A meter of the SDK, and what it has measured since the beginning. */
function meterInMemory() {
  const exporter = new InMemoryMetricExporter(AggregationTemporality.CUMULATIVE)
  const reader = new PeriodicExportingMetricReader({ exporter, exportIntervalMillis: 2 ** 30 })
  const provider = new MeterProvider({ readers: [reader] })
  return {
    meter: provider.getMeter('test'),
    async points(name: string) {
      await reader.forceFlush()
      const found = exporter
        .getMetrics()
        .at(-1)
        ?.scopeMetrics.flatMap(({ metrics }) => metrics)
        .find(({ descriptor }) => descriptor.name === name)
      return (found?.dataPoints ?? []).map(({ attributes, value }) => ({
        attributes,
        value: typeof value === 'number' ? value : { count: value.count, sum: value.sum },
      }))
    },
  }
}

const given: HandlerContext = {
  subscriptionId: 'delays',
  consumerGroup: { member: 1, size: 2 },
  signal: new AbortController().signal,
}
const attributes = {
  'messaging.system': 'message_db',
  'messaging.consumer.group.name': 'delays',
  'messaging.destination.partition.id': '1',
  'messaging.destination.name': 'airport',
  'messaging.operation.name': 'process',
  'messaging.operation.type': 'process',
}

describe('a measured handler', () => {
  test('counts attempts, how long they took, and how old messages were', async () => {
    const { meter, points } = meterInMemory()
    let now = 0
    const handler = measured(
      ({ type }) => {
        now += 250
        if (type === 'Bad') throw new RangeError('no')
        return 'returned'
      },
      { meter, now: () => now, date: () => 7_000 },
    )
    const message = { ...messageAt('airport-SEA', 0n), time: new Date(4_000) }
    expect(await handler(message, given)).toBe('returned')
    await handler({ ...message, time: new Date(9_000) }, given)
    await expect(handler({ ...message, type: 'Bad' }, given)).rejects.toThrow(RangeError)

    const failed = { ...attributes, 'error.type': 'RangeError' }
    expect(await points('messaging.process.duration')).toEqual([
      { attributes, value: { count: 2, sum: 0.5 } },
      { attributes: failed, value: { count: 1, sum: 0.25 } },
    ])
    expect(await points('messaging.client.consumed.messages')).toEqual([
      { attributes, value: 2 },
      { attributes: failed, value: 1 },
    ])
    // A message from the future, by another clock, is new.
    expect(await points('message_db.message.age')).toEqual([
      { attributes, value: { count: 3, sum: 6 } },
    ])
  })

  test('that gives up because the run ends is not measured', async () => {
    const { meter, points } = meterInMemory()
    const controller = new AbortController()
    controller.abort()
    const { signal } = controller
    const handler = measured(() => signal.throwIfAborted(), { meter })
    await expect(handler(messageAt('airport-SEA', 0n), { ...given, signal })).rejects.toThrow()
    expect(await points('messaging.process.duration')).toEqual([])
  })

  test('of pages has a duration for a page, and counts its messages', async () => {
    const { meter, points } = meterInMemory()
    const handler = measuredPage(() => {}, { meter, now: () => 0, date: () => 1_000 })
    await handler([messageAt('airport-SEA', 0n), messageAt('airport-JFK', 0n)], given)
    expect(await points('messaging.process.duration')).toMatchObject([{ value: { count: 1 } }])
    expect(await points('messaging.client.consumed.messages')).toMatchObject([{ value: 2 }])
    expect(await points('message_db.message.age')).toMatchObject([{ value: { count: 2, sum: 2 } }])
  })
})

const origin = { 'messaging.system': 'message_db', 'messaging.consumer.group.name': 'delays' }
const state = (name: string) => ({ ...origin, 'message_db.subscription.state': name })

describe('a metrics observer', () => {
  test('tells where a run is: behind, reconnecting, live, over', async () => {
    const { meter, points } = meterInMemory()
    const clock = jumpingClock()
    const store = scriptedStore([2, codedError('57P01'), 1])
    const runs: unknown[] = []
    const observe = metricsObserver({ meter })
    const subscription = subscribe(store, {
      id: 'delays',
      source: { category: 'airport' },
      batchSize: 2,
      clock,
      handler: () => {},
      observer(event) {
        observe(event)
        if (event.type === 'live') void subscription.stop()
        runs.push(event.type)
      },
    })
    await subscription.run()
    expect(runs).toEqual(['started', 'reconnecting', 'reconnected', 'live', 'ended'])
    expect(await points('message_db.subscription.runs')).toEqual([
      { attributes: state('behind'), value: 0 },
      { attributes: state('reconnecting'), value: 0 },
      { attributes: state('live'), value: 0 },
    ])
    expect(await points('message_db.subscription.reconnects')).toEqual([
      { attributes: { ...origin, 'message_db.operation': 'read' }, value: 1 },
    ])
    expect(await points('message_db.subscription.ends')).toEqual([
      { attributes: { ...origin, 'message_db.reason': 'stopped' }, value: 1 },
    ])
  })

  test('counts each run in one state at a time, members apart', async () => {
    const { meter, points } = meterInMemory()
    const observe = metricsObserver({ meter })
    const about = (member: number) => ({
      subscriptionId: 'delays',
      consumerGroup: { member, size: 2 },
    })
    const started = {
      type: 'started',
      position: 1n,
      checkpoint: undefined,
      epoch: undefined,
    } as const
    const reconnecting = { type: 'reconnecting', attempt: 1, delay: 1, error: undefined } as const
    const now = async () =>
      (await points('message_db.subscription.runs'))
        .filter(({ value }) => value !== 0)
        .map(({ attributes, value }) => [
          attributes['messaging.destination.partition.id'],
          attributes['message_db.subscription.state'],
          value,
        ])
        .sort(([one], [other]) => Number(one) - Number(other))

    observe({ ...about(0), ...started })
    observe({ ...about(1), ...reconnecting, operation: 'load checkpoint' })
    expect(await now()).toEqual([
      ['0', 'behind', 1],
      ['1', 'reconnecting', 1],
    ])
    observe({ ...about(0), type: 'live', position: 1n })
    observe({ ...about(0), ...reconnecting, operation: 'read' })
    observe({ ...about(0), ...reconnecting, operation: 'read', attempt: 2 })
    observe({ ...about(1), type: 'reconnected', operation: 'load checkpoint', attempts: 1 })
    observe({ ...about(1), ...started })
    expect(await now()).toEqual([
      ['0', 'reconnecting', 1],
      ['1', 'behind', 1],
    ])
    observe({ ...about(0), type: 'reconnected', operation: 'read', attempts: 2 })
    observe({ subscriptionId: 'delays', ...reconnecting, operation: 'heartbeat' })
    // of a replay, which is no run
    observe({ subscriptionId: 'delays', ...reconnecting, operation: 'handle' })
    expect(await now()).toEqual([
      ['0', 'live', 1],
      ['1', 'behind', 1],
    ])
    observe({ ...about(0), type: 'paused', position: 1n })
    expect(await now()).toContainEqual(['0', 'paused', 1])
    observe({ ...about(0), ...reconnecting, operation: 'read control' })
    observe({ ...about(0), type: 'reconnected', operation: 'read control', attempts: 1 })
    expect(await now()).toContainEqual(['0', 'paused', 1])
    observe({ ...about(0), type: 'resumed', position: 1n })
    expect(await now()).toContainEqual(['0', 'behind', 1])
    observe({ ...about(0), type: 'ended', reason: 'failed', position: 1n, error: new Error('no') })
    observe({ ...about(1), type: 'ended', reason: 'stopped', position: 1n, error: undefined })
    expect(await now()).toEqual([])
  })

  test('tells the saved position, and what became of failures', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 3)
    const { meter, points } = meterInMemory()
    const observe = metricsObserver({ meter })
    const subscription = subscribe(store, {
      id: 'delays',
      source: { category: 'airport' },
      checkpoints: tableCheckpoints(db),
      checkpointInterval: { messages: 1 },
      clock: jumpingClock(),
      failure: retryThenSkip({ attempts: 3 }),
      handler({ position }) {
        if (position === 1n) throw new Error('no')
      },
      observer(event) {
        observe(event)
        if (event.type === 'live') void subscription.stop()
      },
    })
    await subscription.run()
    expect(await points('message_db.subscription.position')).toEqual([
      { attributes: origin, value: 3 },
    ])
    expect(await points('message_db.subscription.checkpoints')).toEqual([
      { attributes: origin, value: 3 },
    ])
    expect(await points('message_db.subscription.failures')).toEqual([
      { attributes: { ...origin, 'message_db.outcome': 'retrying' }, value: 2 },
      { attributes: { ...origin, 'message_db.outcome': 'skipped' }, value: 1 },
    ])
  })

  test('counts the members that this process holds, in an elastic group', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 1)
    const { meter, points } = meterInMemory()
    const observe = metricsObserver({ meter })
    const members: unknown[] = []
    const subscription = subscribe(store, {
      id: 'delays',
      source: { category: 'airport', consumerGroup: { size: 3 } },
      checkpoints: tableCheckpoints(db),
      handler: measured(
        async (_, { consumerGroup }) => {
          members.push(consumerGroup)
          expect(await points('message_db.subscription.members')).toEqual([
            { attributes: origin, value: 3 },
          ])
          void subscription.stop()
        },
        { meter },
      ),
      observer: observe,
    })
    await subscription.run()
    expect(members).toEqual([{ member: expect.any(Number), size: 3 }])
    expect(await points('message_db.subscription.members')).toEqual([
      { attributes: origin, value: 0 },
    ])
    for (const { value } of await points('message_db.subscription.runs')) expect(value).toBe(0)
  })
})
