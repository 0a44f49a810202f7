import { jumpingClock, manualClock, recordEvents } from '@mdb/testing'
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
})

test('a jumping clock is always there already', async () => {
  const clock = jumpingClock()
  for (const milliseconds of [5, 60_000]) await clock.sleep(milliseconds, signal)
  expect(clock.now()).toBe(60_005)
  expect(clock.sleeps).toEqual([5, 60_000])
})

type Event = { type: 'live' } | { type: 'checkpointed'; position: bigint }

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
