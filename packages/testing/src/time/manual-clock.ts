import { InvalidSettingError } from '../errors.ts'
import { waitingList } from '../waiting.ts'
import type { ManualClock } from './clock.ts'

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

/**
 * Makes a clock that stands still until the test moves it: what sleeps on it is woken by `advance`, or
 * by its signal, and by nothing else. A subscription takes it as its `clock`.
 *
 * @example
 * ```ts
 * import { manualClock } from '@mdb/testing'
 *
 * const clock = manualClock()
 * const slept = clock.sleep(5_000, new AbortController().signal)
 * await clock.untilAsleep()
 * clock.advance(5_000)
 * await slept
 * console.log(clock.now(), clock.sleeps) // 5000 [ 5000 ]
 * ```
 */
export function manualClock(): ManualClock {
  let time = 0
  const sleeps: number[] = []
  const sleepers = new Set<Sleeper>()
  const waiting = waitingList()

  return {
    sleeps,
    get sleeping() {
      return sleepers.size
    },
    now: () => time,
    async sleep(milliseconds, signal) {
      sleeps.push(milliseconds)
      if (signal.aborted) return
      const { promise, resolve } = Promise.withResolvers<void>()
      const sleeper: Sleeper = {
        until: time + milliseconds,
        wake() {
          sleepers.delete(sleeper)
          signal.removeEventListener('abort', sleeper.wake)
          resolve()
        },
      }
      sleepers.add(sleeper)
      signal.addEventListener('abort', sleeper.wake, { once: true })
      waiting.notify()
      await promise
    },
    advance(milliseconds) {
      if (!(Number.isFinite(milliseconds) && milliseconds >= 0)) {
        throw new InvalidSettingError('milliseconds', milliseconds, '0 or more, and finite')
      }
      time += milliseconds
      const due = [...sleepers].filter(({ until }) => until <= time)
      for (const { wake } of due.toSorted((a, b) => a.until - b.until)) wake()
    },
    async untilAsleep(count = 1, { signal } = {}) {
      await waiting.until(() => sleepers.size >= count || undefined, signal)
    },
  }
}
