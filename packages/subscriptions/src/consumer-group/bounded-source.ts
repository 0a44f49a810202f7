import type { Message } from '@mdb/core'
import type { MessageSource } from '../message-source.ts'

export interface Bounds {
  /**
   * The last position to read. At or below the head that could be seen when it was set: then a page
   * that is not full, or goes beyond it, is the last.
   */
  readonly barrier: bigint
  readonly batchSize: number
  /**
   * Called when a read begins after the barrier, and so all up to it is handled; with whether it was
   * the first.
   */
  readonly onReached: (nothingToRead: boolean) => void
}

/** Reads a source up to a barrier, inclusive, and then nothing. */
export function boundedSource<M extends Message>(
  source: MessageSource<M>,
  { barrier, batchSize, onReached }: Bounds,
): MessageSource<M> {
  let hasRead = false
  return {
    ...source,
    mayReadAhead: (position) => position <= barrier,
    async read(position, signal) {
      if (position > barrier) {
        onReached(!hasRead)
        return { messages: [], next: position }
      }
      hasRead = true
      const page = await source.read(position, signal)
      const messages = page.messages.filter((message) => source.positionOf(message) <= barrier)
      const isLast = page.messages.length < batchSize || messages.length < page.messages.length
      return isLast ? { messages, next: barrier + 1n } : { messages, next: page.next }
    },
  }
}
