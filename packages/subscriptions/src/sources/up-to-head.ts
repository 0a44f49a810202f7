import type { Message } from '@mdb/core'
import { type OnNext, type Page, toPage } from '../message-source.ts'

interface UpToHeadContext<M extends Message> {
  /**
   * Reads the head, when it is at the position or behind it, in such a way that every message up to
   * it that ever will be is visible from then on.
   */
  readonly head: (position: bigint, signal: AbortSignal) => Promise<bigint | undefined>
  readonly batchSize: number
  readonly positionOf: (message: M) => bigint
  readonly readPage: (
    from: bigint,
    head: bigint,
    signal: AbortSignal,
    onNext?: OnNext,
  ) => Promise<readonly M[]>
}

/**
 * Reads pages up to a head, so that what does not match is scanned once and not at every poll.
 *
 * The head is read first, in a statement of its own. Nothing is sent besides when there is nothing
 * from the position up to it. A page that is read *after* that and is not full has shown that nothing
 * more matches up to the head: so the next read begins after it. The other way round, page before
 * head, would jump over what committed in between.
 *
 * A head serves as many pages as there are up to it: a page that is full costs no statement more.
 */
export function upToHead<M extends Message>(
  context: UpToHeadContext<M>,
): (position: bigint, signal: AbortSignal, onNext?: OnNext) => Promise<Page<M>> {
  const { batchSize, positionOf, readPage } = context
  let head = -1n
  let last = -1n
  let worked = false
  return async (position, signal, onNext) => {
    // Whoever goes back may have lost the messages up to this head: others come in their place.
    if (position < last) head = -1n
    last = position
    if (head < position) head = (await context.head(position, signal)) ?? -1n
    // The first page is read anyway: a filter that cannot work fails at once, not with the first
    // message.
    if (head < position && worked) return { messages: [], next: position }
    const messages = await readPage(position, head, signal, onNext)
    worked = true
    const page = toPage(messages, position, positionOf)
    const exhausted = messages.length < batchSize && page.next <= head
    return exhausted ? { messages, next: head + 1n } : page
  }
}
