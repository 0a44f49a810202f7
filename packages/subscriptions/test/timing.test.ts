import { describe, expect, test } from 'vitest'
import {
  constantPolling,
  exponentialBackoff,
  memoryCheckpoints,
  subscribe,
  type CheckpointStore,
  type PollingStrategy,
  type SubscriptionOptions,
} from '@mdb/subscriptions'
import { codedError } from './support/errors.ts'
import { recordEvents } from './support/events.ts'
import { jumpingClock, manualClock } from './support/manual-clock.ts'
import { scriptedStore } from './support/scripted-store.ts'

const base = {
  id: 'timing',
  source: { category: 'airport' },
  handler: () => {},
} satisfies SubscriptionOptions

test('a full page means no delay, and the next read begins one after it', async () => {
  const clock = manualClock()
  const store = scriptedStore([3, 3, 3, 1, 0])
  const polling = constantPolling({ interval: 70 })
  const subscription = subscribe(store, { ...base, batchSize: 3, clock, polling })
  const run = subscription.run()
  await clock.untilAsleep()
  expect(store.positions).toEqual([1n, 4n, 7n, 10n])
  expect(clock.sleeps).toEqual([70])
  clock.advance(70)
  await clock.untilAsleep()
  expect(store.positions).toEqual([1n, 4n, 7n, 10n, 11n])
  await subscription.stop()
  await expect(run).resolves.toEqual({ reason: 'stopped', position: 10n })
})

test('nor does a strategy delay a full page that says it should', async () => {
  const clock = manualClock()
  const stubborn: PollingStrategy = { initial: 0, next: () => ({ delay: 9, state: 0 }) }
  const store = scriptedStore([3, 3, 0])
  const subscription = subscribe(store, { ...base, batchSize: 3, clock, polling: stubborn })
  const run = subscription.run()
  await clock.untilAsleep()
  expect(clock.sleeps).toEqual([9])
  expect(store.positions).toHaveLength(3)
  await subscription.stop()
  await run
})

test('a strategy is given what arrived, and its own state', async () => {
  const clock = jumpingClock()
  const polls: unknown[] = []
  const polling: PollingStrategy<number> = {
    initial: 1,
    next(poll, state) {
      polls.push({ ...poll, state })
      return { delay: state, state: state * 10 }
    },
  }
  const controller = new AbortController()
  const store = scriptedStore([2, 1])
  const subscription = subscribe(store, {
    ...base,
    batchSize: 2,
    clock: {
      ...clock,
      sleep: (milliseconds, signal) => {
        if (polls.length === 3) controller.abort()
        return clock.sleep(milliseconds, signal)
      },
    },
    polling,
  })
  await subscription.run({ signal: controller.signal })
  expect(polls).toEqual([
    { received: 2, batchSize: 2, state: 1 },
    { received: 1, batchSize: 2, state: 10 },
    { received: 0, batchSize: 2, state: 100 },
  ])
})

test('an abort ends a sleep at once', async () => {
  const clock = manualClock()
  const controller = new AbortController()
  const polling = constantPolling({ interval: 1_000_000 })
  const subscription = subscribe(scriptedStore([]), { ...base, clock, polling })
  const run = subscription.run({ signal: controller.signal })
  await clock.untilAsleep()
  controller.abort()
  await expect(run).resolves.toEqual({ reason: 'aborted', position: undefined })
  expect(clock.now()).toBe(0)
  expect(clock.sleeping).toBe(0)
})

test("an abort ends a sleep of the machine's clock at once too", async () => {
  const events = recordEvents()
  const subscription = subscribe(scriptedStore([]), {
    ...base,
    ...events,
    polling: constantPolling({ interval: 2 ** 31 - 1 }),
  })
  const run = subscription.run()
  await events.next('live')
  await subscription.stop()
  await expect(run).resolves.toMatchObject({ reason: 'stopped' })
})

test('an abort ends the wait for a database that is away', async () => {
  const clock = manualClock()
  const events = recordEvents()
  const away = codedError('ECONNREFUSED')
  const store = scriptedStore([away, away, away])
  const subscription = subscribe(store, { ...base, ...events, clock })
  const run = subscription.run()
  await clock.untilAsleep()
  expect(subscription.state).toBe('reconnecting')
  await subscription.stop()
  await expect(run).resolves.toMatchObject({ reason: 'stopped' })
  expect(subscription.state).toBe('stopped')
  expect(events.types()).toEqual(['started', 'reconnecting', 'ended'])
})

test('reconnects with backoff, forever, and is where it was', async () => {
  const clock = jumpingClock()
  const events = recordEvents()
  const away = Array.from({ length: 9 }, () => codedError('57P03'))
  const store = scriptedStore([0, ...away, 2])
  const states: string[] = []
  const subscription = subscribe(store, {
    ...base,
    clock,
    polling: constantPolling({ interval: 7 }),
    reconnect: { random: () => 1 },
    observer: (event) => {
      events.observer(event)
      states.push(subscription.state)
      if (event.type === 'reconnected') controller.abort()
    },
  })
  const controller = new AbortController()
  await subscription.run({ signal: controller.signal })
  expect(clock.sleeps).toEqual([7, 100, 200, 400, 800, 1_600, 3_200, 6_400, 10_000, 10_000])
  expect(events.all.filter(({ type }) => type === 'reconnecting')).toHaveLength(9)
  expect(events.all[2]).toEqual({
    subscriptionId: 'timing',
    type: 'reconnecting',
    operation: 'read',
    attempt: 1,
    delay: 100,
    error: away[0],
  })
  expect(events.all.at(-2)).toEqual({
    subscriptionId: 'timing',
    type: 'reconnected',
    operation: 'read',
    attempts: 9,
  })
  expect(states).toEqual(['behind', 'live', ...away.map(() => 'reconnecting'), 'live', 'stopped'])
})

describe('live and behind', () => {
  test('live once a page that is not full is handled; behind once a full one has come', async () => {
    const clock = jumpingClock()
    const log: string[] = []
    const controller = new AbortController()
    const subscription = subscribe(scriptedStore([2, 1, 0, 2, 2, 0, 1]), {
      ...base,
      batchSize: 2,
      clock,
      handler: (message) => void log.push(String(message.globalPosition)),
      observer: ({ type }) => {
        if (type === 'live' || type === 'behind') log.push(type)
        if (log.filter((entry) => entry === 'live').length === 2) controller.abort()
      },
    })
    await subscription.run({ signal: controller.signal })
    expect(log).toEqual(['1', '2', '3', 'live', 'behind', '4', '5', '6', '7', 'live'])
  })

  test('live at once where there is nothing', async () => {
    const clock = manualClock()
    const events = recordEvents()
    const subscription = subscribe(scriptedStore([]), { ...base, clock, ...events })
    expect(subscription.state).toBe('idle')
    const run = subscription.run()
    expect(subscription.state).toBe('behind')
    await clock.untilAsleep()
    expect(subscription.state).toBe('live')
    await subscription.stop()
    await run
    expect(subscription.state).toBe('stopped')
    expect(events.types()).toEqual(['started', 'live', 'ended'])
  })
})

function countingStore(): CheckpointStore & { readonly saves: bigint[] } {
  const inner = memoryCheckpoints()
  const saves: bigint[] = []
  return {
    saves,
    load: (key) => inner.load(key),
    save(key, position) {
      saves.push(position)
      return inner.save(key, position)
    },
  }
}

describe('when the place is saved', () => {
  test('after so many messages, and what is left at the end', async () => {
    const checkpoints = countingStore()
    const clock = manualClock()
    const subscription = subscribe(scriptedStore([7]), {
      ...base,
      clock,
      checkpoints,
      checkpointInterval: { messages: 3, milliseconds: Infinity },
    })
    const run = subscription.run()
    await clock.untilAsleep()
    expect(checkpoints.saves).toEqual([3n, 6n])
    await subscription.stop()
    expect(checkpoints.saves).toEqual([3n, 6n, 7n])
    await run
  })

  test('after so much time, while idle as well, and not again without news', async () => {
    const checkpoints = countingStore()
    const clock = manualClock()
    const subscription = subscribe(scriptedStore([2, 0, 0, 0]), {
      ...base,
      clock,
      checkpoints,
      polling: constantPolling({ interval: 60_000 }),
      checkpointInterval: { milliseconds: 5_000 },
    })
    const run = subscription.run()
    await clock.untilAsleep()
    expect(checkpoints.saves).toEqual([])
    clock.advance(5_000)
    await clock.untilAsleep()
    expect(checkpoints.saves).toEqual([2n])
    expect(clock.sleeps).toEqual([5_000, 55_000])
    clock.advance(55_000)
    await clock.untilAsleep()
    expect(clock.sleeps).toEqual([5_000, 55_000, 60_000])
    await subscription.stop()
    await run
    expect(checkpoints.saves).toEqual([2n])
  })

  test('between two messages of one page, when handlers take long', async () => {
    const checkpoints = countingStore()
    const clock = manualClock()
    const subscription = subscribe(scriptedStore([4]), {
      ...base,
      clock,
      checkpoints,
      checkpointInterval: { milliseconds: 50 },
      handler: () => clock.advance(30),
    })
    const run = subscription.run()
    await clock.untilAsleep()
    expect(checkpoints.saves).toEqual([3n])
    await subscription.stop()
    await run
    expect(checkpoints.saves).toEqual([3n, 4n])
  })

  test('never when nothing was handled', async () => {
    const checkpoints = countingStore()
    const clock = manualClock()
    const subscription = subscribe(scriptedStore([]), { ...base, clock, checkpoints })
    const run = subscription.run()
    await clock.untilAsleep()
    clock.advance(10_000)
    await clock.untilAsleep()
    await subscription.stop()
    await run
    expect(checkpoints.saves).toEqual([])
  })

  test('a save that fails for a moment is tried again in place, and a load too', async () => {
    const inner = memoryCheckpoints()
    let failures = 4
    const failing = <T>(run: () => Promise<T>): Promise<T> => {
      failures -= 1
      return failures >= 0 && failures !== 1 ? Promise.reject(codedError('08006')) : run()
    }
    const events = recordEvents()
    const clock = jumpingClock()
    const subscription = subscribe(scriptedStore([2]), {
      ...base,
      ...events,
      clock,
      checkpoints: {
        load: (key) => failing(() => inner.load(key)),
        save: (key, position) => failing(() => inner.save(key, position)),
      },
      checkpointInterval: { messages: 2 },
    })
    const run = subscription.run()
    await events.next('live')
    await subscription.stop()
    await run
    expect(
      events.all.map((event) =>
        'operation' in event ? `${event.type}: ${event.operation}` : event.type,
      ),
    ).toEqual([
      'reconnecting: load checkpoint',
      'reconnecting: load checkpoint',
      'reconnected: load checkpoint',
      'started',
      'reconnecting: save checkpoint',
      'reconnected: save checkpoint',
      'checkpointed',
      'live',
      'ended',
    ])
  })

  test('the last save is tried three times, and then the run says that it is not saved', async () => {
    const events = recordEvents()
    const clock = jumpingClock()
    const away = codedError('ECONNREFUSED')
    let saves = 0
    const subscription = subscribe(scriptedStore([2]), {
      ...base,
      ...events,
      clock,
      checkpoints: {
        load: () => Promise.resolve(undefined),
        save() {
          saves += 1
          return Promise.reject(away)
        },
      },
    })
    const run = subscription.run()
    const failure = run.catch((error: unknown) => error)
    await events.next('live')
    await subscription.stop()
    expect(await failure).toMatchObject({
      code: 'CHECKPOINT_FAILED',
      operation: 'save',
      position: 2n,
      cause: away,
    })
    expect(saves).toBe(3)
    expect(subscription.state).toBe('failed')
  })
})

test('the default polling backs off to five seconds and comes back', async () => {
  const clock = jumpingClock()
  const controller = new AbortController()
  const empty = Array.from({ length: 9 }, () => 0)
  const store = scriptedStore([...empty, 1, 0, 0])
  const subscription = subscribe(store, {
    ...base,
    clock: {
      ...clock,
      sleep(milliseconds, signal) {
        if (clock.sleeps.length === 11) controller.abort()
        return clock.sleep(milliseconds, signal)
      },
    },
  })
  await subscription.run({ signal: controller.signal })
  expect(clock.sleeps).toEqual([50, 100, 200, 400, 800, 1_600, 3_200, 5_000, 5_000, 50, 50, 100])
  expect(exponentialBackoff({ min: 50, max: 5_000 }).initial).toBe(50)
})
