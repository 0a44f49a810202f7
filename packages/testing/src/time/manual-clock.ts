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
  let waiting: (() => void)[] = []

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
      for (const notice of waiting) notice()
      waiting = []
      await promise
    },
    advance(milliseconds) {
      time += milliseconds
      const due = [...sleepers].filter(({ until }) => until <= time)
      for (const { wake } of due.toSorted((a, b) => a.until - b.until)) wake()
    },
    async untilAsleep(count = 1) {
      while (sleepers.size < count) {
        await new Promise<void>((resolve) => void waiting.push(resolve))
      }
    },
  }
}
