import type { Message } from '@mdb/core'
import type { MessageSource, Page } from './message-source.ts'
import { isFull, type PollingStrategy } from './polling/polling-strategy.ts'

export interface PollLoopContext {
  readonly polling: PollingStrategy
  readonly batchSize: number
  readonly signal: AbortSignal
  /** Reads until it succeeds; undefined when the signal aborts first. */
  readonly read: <T>(operation: () => Promise<T>) => Promise<{ readonly value: T } | undefined>
  /** Waits; an abort ends the wait. */
  readonly pause: (milliseconds: number) => Promise<void>
}

export interface PolledPage<M extends Message> extends Page<M> {
  /** As many messages as were asked for: there may be more. */
  readonly full: boolean
  /** The position this page was read from. */
  readonly from: bigint
}

/**
 * Polls a source and yields each page, the empty ones too. The next page is read when the consumer
 * asks for it, so one that is slow holds the reading back. Ends when the signal aborts; throws what
 * the source throws.
 */
export async function* pollLoop<M extends Message>(
  source: MessageSource<M>,
  from: bigint,
  context: PollLoopContext,
): AsyncGenerator<PolledPage<M>, void, undefined> {
  const { polling, batchSize, signal, read, pause } = context
  let position = from
  let state = polling.initial

  while (!signal.aborted) {
    const page = await read(() => source.read(position, signal))
    if (page === undefined) return
    const poll = { received: page.value.messages.length, batchSize }
    const full = isFull(poll)
    yield { ...page.value, full, from: position }

    position = page.value.next
    const step = polling.next(poll, state)
    state = step.state
    if (!full && step.delay > 0) await pause(step.delay)
  }
}
