import { jumpingClock, manualClock, RecordingEndedError, recordEvents } from '@mdb/testing'
import { describe, expect, test } from 'vitest'

const { signal } = new AbortController()

describe('a manual clock', () => {
  test('wakes those whose time has come, the earliest first', async () => {
    const clock = manualClock()
    const woken: string[] = []
    const sleep = async (name: string, milliseconds: number): Promise<void> => {
      await clock.sleep(milliseconds, signal)
      woken.push(name)
    }
    const sleeping = [sleep('late', 20), sleep('early', 10), sleep('last', 30)]
    await clock.untilAsleep(3)
    clock.advance(9)
    expect(clock.sleeping).toBe(3)
    clock.advance(11)
    await Promise.all(sleeping.slice(0, 2))
    expect(woken).toEqual(['early', 'late'])
    expect(clock.now()).toBe(20)
    clock.advance(10)
    await sleeping[2]
    expect(clock.sleeps).toEqual([20, 10, 30])
    expect(clock.sleeping).toBe(0)
  })

  test('an abort wakes at once, and one before the sleep leaves none', async () => {
    const clock = manualClock()
    const controller = new AbortController()
    const slept = clock.sleep(1_000, controller.signal)
    controller.abort()
    await slept
    await clock.sleep(1_000, controller.signal)
    expect(clock.sleeping).toBe(0)
    expect(clock.now()).toBe(0)
  })

  test('says when so many are asleep', async () => {
    const clock = manualClock()
    let both = false
    const waiting = clock.untilAsleep(2).then(() => (both = true))
    void clock.sleep(1, signal)
    await clock.untilAsleep()
    expect(both).toBe(false)
    void clock.sleep(1, signal)
    await waiting
    expect(clock.sleeping).toBe(2)
  })

  test.for([-5, Number.NaN, Infinity])('does not move by %d', (milliseconds) => {
    const clock = manualClock()
    clock.advance(10)
    const moving = (): void => clock.advance(milliseconds)
    expect(moving).toThrow(expect.objectContaining({ code: 'INVALID_SETTING' }))
    expect(moving).toThrow(`milliseconds is ${milliseconds}; it must be 0 or more`)
    expect(clock.now()).toBe(10)
  })

  test('a wait for sleepers is given up by its signal', async () => {
    const clock = manualClock()
    const giving = new AbortController()
    const waiting = clock.untilAsleep(1, { signal: giving.signal })
    giving.abort(new Error('long enough'))
    await expect(waiting).rejects.toThrow('long enough')
    await expect(clock.untilAsleep(1, { signal: giving.signal })).rejects.toThrow('long enough')
  })
})

test('a jumping clock is always there already', async () => {
  const clock = jumpingClock()
  for (const milliseconds of [5, 60_000]) await clock.sleep(milliseconds, signal)
  expect(clock.now()).toBe(60_005)
  expect(clock.sleeps).toEqual([5, 60_000])
})

type Event =
  | { type: 'live' }
  | { type: 'started'; subscriptionId: string }
  | { type: 'member claimed'; subscriptionId: string }
  | { type: 'checkpointed'; position: bigint }
  | { type: 'ended'; subscriptionId?: string; consumerGroup?: object; error?: unknown }

test('a recorder waits for events, past or to come, and returns each once', async () => {
  const events = recordEvents<Event>()
  events.observer({ type: 'checkpointed', position: 1n })
  expect(await events.next('checkpointed')).toEqual({ type: 'checkpointed', position: 1n })
  const next = events.next('checkpointed', ({ position }) => position >= 3n)
  for (const position of [2n, 3n]) events.observer({ type: 'checkpointed', position })
  events.observer({ type: 'live' })
  expect(await next).toEqual({ type: 'checkpointed', position: 3n })
  await events.next('live')
  expect(events.types()).toEqual(['checkpointed', 'checkpointed', 'checkpointed', 'live'])
})

describe('a recorder of what has ended', () => {
  const reason = new RangeError('a bad message')

  test('says so to who waits, before or after, with what it has seen', async () => {
    const events = recordEvents<Event>()
    events.observer({ type: 'started', subscriptionId: 'a' })
    const before = events.next('live')
    events.observer({ type: 'ended', subscriptionId: 'a', error: reason })
    for (const waiting of [before, events.next('live')]) {
      const error: unknown = await waiting.catch((failure: unknown) => failure)
      expect(error).toBeInstanceOf(RecordingEndedError)
      expect(error).toMatchObject({ code: 'RECORDING_ENDED', awaited: 'live', cause: reason })
      expect(error).toMatchObject({ events: [{ type: 'started' }, { type: 'ended' }] })
      expect(String(error)).toMatch(/with RangeError: a bad message.*reported started, ended/)
    }
  })

  test('waits for the next run once its end was taken', async () => {
    const events = recordEvents<Event>()
    events.observer({ type: 'ended' })
    await events.next('ended')
    const again = events.next('live')
    events.observer({ type: 'live' })
    expect(await again).toEqual({ type: 'live' })
  })

  test.for<Event>([
    { type: 'started', subscriptionId: 'b' },
    { type: 'member claimed', subscriptionId: 'a' },
  ])('waits while another runs, or the group of a member: %j', async (other) => {
    const events = recordEvents<Event>()
    events.observer(other)
    events.observer({ type: 'ended', subscriptionId: 'a', consumerGroup: { member: 0, size: 1 } })
    const waiting = events.next('live')
    events.observer({ type: 'live' })
    expect(await waiting).toEqual({ type: 'live' })
  })
})

test('a wait for an event is given up by its signal', async () => {
  const events = recordEvents<Event>()
  const giving = new AbortController()
  const waiting = events.next('live', undefined, { signal: giving.signal })
  giving.abort(new Error('long enough'))
  await expect(waiting).rejects.toThrow('long enough')
  events.observer({ type: 'live' })
  expect(await events.next('live')).toEqual({ type: 'live' })
})
