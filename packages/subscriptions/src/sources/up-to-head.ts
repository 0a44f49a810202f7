import type { Message } from '@mdb/core'
import type { HeadOf, HeadReader } from '../heads/head-reader.ts'
import { type Page, toPage } from '../message-source.ts'

interface UpToHeadContext<M extends Message> {
  readonly heads: HeadReader
  readonly of: HeadOf
  readonly batchSize: number
  readonly positionOf: (message: M) => bigint
  readonly readPage: (position: bigint, signal: AbortSignal) => Promise<readonly M[]>
}

/**
 * Reads pages through a filter, so that what does not match is scanned once and not at every poll.
 *
 * The head is read first, in a statement of its own. Nothing is sent besides when there is nothing
 * from the position up to it. A page that is read *after* that and is not full has shown that nothing
 * more matches up to the head, because every message up to a head that was seen is visible from then
 * on (see `HeadReader`): so the next read begins after the head. The other way round, page before
 * head, would jump over what committed in between.
 *
 * A head serves as many pages as there are up to it: a page that is full costs no statement more.
 */
export function upToHead<M extends Message>({
  heads,
  of,
  batchSize,
  positionOf,
  readPage,
}: UpToHeadContext<M>): (position: bigint, signal: AbortSignal) => Promise<Page<M>> {
  let head = -1n
  let worked = false
  return async (position, signal) => {
    if (head < position) head = (await heads.read(of, signal)) ?? -1n
    // The first page is read anyway: a filter that cannot work fails at once, not with the first
    // message.
    if (head < position && worked) return { messages: [], next: position }
    const messages = await readPage(position, signal)
    worked = true
    const page = toPage(messages, position, positionOf)
    const exhausted = messages.length < batchSize && page.next <= head
    return exhausted ? { messages, next: head + 1n } : page
  }
}
