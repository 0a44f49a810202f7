import { type Clock, systemClock } from '../clock.ts'
import { requireDelay } from '../validate-delay.ts'
import type { HeadOf, HeadReader } from '../heads/head-reader.ts'
import { readHeads } from '../heads/store-heads.ts'
import type { ReadableStore } from '../message-source.ts'
import { headsOf, type WakeUps } from './wake-ups.ts'

/** What `sharedWatch` takes. */
export interface SharedWatchOptions {
  /** Milliseconds between two looks. 1 or more, default 50. */
  readonly interval?: number | undefined
  /** Milliseconds after which a look that was not answered fails. Default 10,000. */
  readonly timeout?: number | undefined
  /** Time. Default is the machine's. */
  readonly clock?: Clock | undefined
}

/** The longest wait between two looks, while the database is away. */
const LONGEST_BACKOFF = 5_000

interface Asked {
  readonly of: HeadOf
  readonly resolve: (head: bigint | undefined) => void
  readonly reject: (error: unknown) => void
}

/**
 * Looks at the heads of everything that its subscriptions read, in one statement for all of them, and
 * wakes those whose head has moved. Their own polls are answered from the same statement: a hundred
 * idle subscriptions send what one would.
 *
 * It looks as long as anybody listens or asks, and leaves no timer behind. When a look fails, those
 * who asked get the error, as from a poll of their own, and it looks again, less often.
 *
 * @example
 * ```ts
 * import { createSubscriber, sharedWatch } from '@mdb/subscriptions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscriber = createSubscriber(store, { wakeUps: sharedWatch(store, { interval: 20 }) })
 * const names = ['airport', 'booking', 'seat']
 * const subscriptions = names.map((category) =>
 *   subscriber.subscribe({ id: category, source: { category }, handler: () => {} }),
 * )
 * setTimeout(() => subscriptions.forEach((each) => void each.stop()), 100)
 * await Promise.all(subscriptions.map((each) => each.run()))
 * ```
 *
 * @param store the store that the subscriptions read.
 * @throws InvalidOptionError when an option is no number of milliseconds
 */
export function sharedWatch(
  store: ReadableStore,
  options: SharedWatchOptions = {},
): WakeUps & { readonly heads: HeadReader } {
  const { interval = 50, timeout = 10_000, clock = systemClock } = options
  requireDelay('interval', interval)
  requireDelay('timeout', timeout)
  const listeners = new Set<{ readonly of: readonly HeadOf[]; readonly wake: () => void }>()
  const seen = new Map<string, bigint>()
  let asked: Asked[] = []
  let looking = false
  let resting = new AbortController()
  const isNeeded = (): boolean => listeners.size > 0 || asked.length > 0

  // One loop, as long as there is anybody to look for.
  async function look(): Promise<void> {
    looking = true
    for (let wait = interval; isNeeded();) {
      wait = (await lookOnce()) ? interval : Math.min(wait * 2, Math.max(interval, LONGEST_BACKOFF))
      if (!isNeeded()) break
      resting = new AbortController()
      await clock.sleep(wait, resting.signal)
    }
    looking = false
    seen.clear()
  }

  async function lookOnce(): Promise<boolean> {
    const answering = asked
    asked = []
    const all = [...[...listeners].flatMap(({ of }) => of), ...answering.map(({ of }) => of)]
    const keys = [...new Set(all.map(keyOf))]
    try {
      const heads = await withTimeout((signal) =>
        readHeads(
          store,
          keys.map((key) => JSON.parse(key) as HeadOf),
          signal,
        ),
      )
      const found = new Map(keys.map((key, index) => [key, heads[index]]))
      const moved = new Set(keys.filter((key) => (found.get(key) ?? -1n) > (seen.get(key) ?? -1n)))
      for (const [key, head] of found) if (head !== undefined) seen.set(key, head)
      for (const { of, resolve } of answering) resolve(found.get(keyOf(of)))
      for (const { of, wake } of listeners) if (of.some((each) => moved.has(keyOf(each)))) wake()
      return true
    } catch (error) {
      for (const { reject } of answering) reject(error)
      return false
    }
  }

  async function withTimeout<T>(run: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController()
    const timer = setTimeout(() => controller.abort(new LookTimeoutError(timeout)), timeout)
    try {
      return await run(controller.signal)
    } finally {
      clearTimeout(timer)
    }
  }

  const start = (): void => {
    if (!looking) void look()
  }

  return {
    listen(topic, wake) {
      const listener = { of: headsOf(topic), wake }
      listeners.add(listener)
      start()
      return () => {
        listeners.delete(listener)
        if (!isNeeded()) resting.abort()
      }
    },
    heads: {
      read(of, position, signal) {
        const remembered = seen.get(keyOf(of))
        if (remembered !== undefined && remembered >= position) return Promise.resolve(remembered)
        const { promise, resolve, reject } = Promise.withResolvers<bigint | undefined>()
        const abort = (): void => reject(signal.reason)
        signal.addEventListener('abort', abort, { once: true })
        asked.push({ of, resolve, reject })
        start()
        return promise.finally(() => signal.removeEventListener('abort', abort))
      },
    },
  }
}

function keyOf(of: HeadOf): string {
  return JSON.stringify(of)
}

/** As a connection that timed out: it is tried again. */
class LookTimeoutError extends Error {
  override readonly name = 'LookTimeoutError'
  readonly code = 'ETIMEDOUT'

  constructor(timeout: number) {
    super(`The database has not said within ${timeout} ms where the heads are`)
  }
}
