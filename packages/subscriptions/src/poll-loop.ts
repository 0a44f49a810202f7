import { setImmediate } from 'node:timers/promises'
import type { Message } from '@mdb/core'
import type { MessageSource, Page } from './message-source.ts'
import { isFull, type PollingStrategy } from './polling/polling-strategy.ts'
import { Reading, type ReadingContext } from './reading.ts'
import { requireWait } from './validate-delay.ts'

export interface PollLoopContext {
  readonly polling: PollingStrategy
  readonly batchSize: number
  readonly signal: AbortSignal
  /** Waits until pages may go on, before each of them; what it throws ends the loop. */
  readonly ready: () => Promise<void>
  /** Reads until it succeeds; undefined when the signal aborts first. */
  readonly read: ReadingContext<never>['read']
  /** Makes the error to throw of what a read failed with, when it is the turn of its page. */
  readonly explain: (error: unknown) => Error
  /** Waits; an abort ends the wait. */
  readonly pause: (milliseconds: number) => Promise<void>
}

export interface PolledPage<M extends Message> extends Page<M> {
  /** As many messages as were asked for: there may be more. */
  readonly full: boolean
  /** The position this page was read from. */
  readonly from: bigint
  /** The page is handled: the one after the next is read while its place is saved. */
  readonly handled: () => void
}

/**
 * Polls a source and yields each page, the empty ones too. After a full page the next one is read
 * while the consumer is at it, and no more than that one until the consumer says that it is done, so a
 * consumer that is slow holds the reading back. A failure of that read is thrown when its turn comes; what was read for a consumer
 * that leaves is forgotten. Ends when the signal aborts; throws what the source throws.
 */
export async function* pollLoop<M extends Message>(
  source: MessageSource<M>,
  from: bigint,
  context: PollLoopContext,
): AsyncGenerator<PolledPage<M>, void, undefined> {
  const { polling, batchSize, ready, read, explain, pause } = context
  const left = new AbortController()
  const signal = AbortSignal.any([context.signal, left.signal])
  const start = (at: bigint): Reading<M> => new Reading({ source, signal, read }, at)
  let position = from
  let state = polling.initial
  let reading: Reading<M> | undefined

  try {
    while (!signal.aborted) {
      await ready()
      reading ??= start(position)
      reading.becomeCurrent()
      const current = reading
      const page = await reading.page.catch((error: unknown) => {
        throw explain(error)
      })
      if (page === undefined) return
      const { messages, next } = page.value
      const poll = { received: messages.length, batchSize }
      const full = isFull(poll)
      if (full) reading.goesOnAt(next)
      const following = (): Reading<M> | undefined => current.followedAt(next)
      yield { messages, next, full, from: position, handled: () => following()?.becomeCurrent() }

      reading = following()
      position = next
      const step = polling.next(poll, state)
      state = step.state
      requireWait(step.delay)
      if (!full && step.delay > 0) await pause(step.delay)
      // A database inside this process answers before a timer, a signal or a socket gets its turn.
      else await setImmediate()
    }
  } finally {
    left.abort()
    // No statement of a run is under way when it has ended.
    await reading?.ended()
  }
}
