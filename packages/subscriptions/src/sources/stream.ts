import type { Condition, Message } from '@mdb/core'
import { type MessageSource, type SourceContext, toPage } from '../message-source.ts'

/** Read one stream, in order. */
export interface StreamSourceOptions {
  /** The stream name, with an id: `airport-SEA`. */
  readonly stream: string
  readonly category?: never
  readonly consumerGroup?: never
  readonly correlation?: never
  /** The first position in the stream to read when there is no checkpoint, inclusive. Default is 0n. */
  readonly position?: bigint | undefined
  /** Which messages to read. Default is all. The server must have conditions activated. */
  readonly condition?: Condition | undefined
}

export function streamSource<M extends Message>(
  { store, batchSize }: SourceContext,
  options: StreamSourceOptions,
): MessageSource<M> {
  const { stream, position: start = 0n, condition } = options
  const positionOf = (message: M): bigint => message.position
  return {
    name: stream,
    start,
    positionOf,
    async read(position, signal) {
      const messages = await store.getStreamMessages<M>(stream, {
        position,
        batchSize,
        condition,
        signal,
      })
      return toPage(messages, position, positionOf)
    },
  }
}
