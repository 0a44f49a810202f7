import type { TestClock } from './clock.ts'

/**
 * Makes a clock that jumps: every sleep is over at once, and `now` has moved by it. For what should
 * come to an end by itself, however long it waits in between; `sleeps` tells how long that was.
 *
 * @example
 * ```ts
 * import { jumpingClock } from '@mdb/testing'
 *
 * const clock = jumpingClock()
 * await clock.sleep(60_000, new AbortController().signal)
 * console.log(clock.now()) // 60000
 * ```
 */
export function jumpingClock(): TestClock {
  let time = 0
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => time,
    async sleep(milliseconds) {
      sleeps.push(milliseconds)
      time += milliseconds
      // What else has to be done gets its turn: a loop on this clock must not starve it.
      await new Promise((resolve) => void setImmediate(resolve))
    },
  }
}
