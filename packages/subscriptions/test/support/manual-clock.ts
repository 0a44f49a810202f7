import type { Clock } from '@mdb/subscriptions'

interface Sleeper {
  readonly until: number
  readonly wake: () => void
}

export interface ManualClock extends Clock {
  /** Every sleep that was asked for, in order. */
  readonly sleeps: readonly number[]
  /** How many are asleep now. */
  readonly sleeping: number
  /** Moves time, and wakes those whose time has come. */
  advance(milliseconds: number): void
  /** Resolves when at least one is asleep. */
  untilAsleep(): Promise<void>
}

/** Time that moves by `advance` alone. */
export function manualClock(): ManualClock {
  let time = 0
  const sleeps: number[] = []
  const sleepers = new Set<Sleeper>()
  let waiting: Array<() => void> = []

  return {
    sleeps,
    get sleeping() {
      return sleepers.size
    },
    now: () => time,
    sleep(milliseconds, signal) {
      sleeps.push(milliseconds)
      if (signal.aborted) return Promise.resolve()
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
      return promise
    },
    advance(milliseconds) {
      time += milliseconds
      for (const sleeper of sleepers) if (sleeper.until <= time) sleeper.wake()
    },
    untilAsleep() {
      if (sleepers.size > 0) return Promise.resolve()
      const { promise, resolve } = Promise.withResolvers<void>()
      waiting.push(resolve)
      return promise
    },
  }
}

/** Time that jumps: a sleep is over at once, and `now` has moved by it. */
export function jumpingClock(): Clock & { readonly sleeps: readonly number[] } {
  let time = 0
  const sleeps: number[] = []
  return {
    sleeps,
    now: () => time,
    async sleep(milliseconds) {
      sleeps.push(milliseconds)
      time += milliseconds
      await new Promise((resolve) => setImmediate(resolve))
    },
  }
}
