import type { Condition, Message } from '@mdb/core'
import { type MessageSource, type SourceContext, toPage } from '../message-source.ts'
import { upToHead } from './up-to-head.ts'

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
  { store, heads, batchSize }: SourceContext,
  options: StreamSourceOptions,
): MessageSource<M> {
  const { stream, position: start = 0n, condition } = options
  const positionOf = (message: M): bigint => message.position
  const readPage = (position: bigint, signal: AbortSignal): Promise<M[]> =>
    store.getStreamMessages<M>(stream, { position, batchSize, condition, signal })
  return {
    name: stream,
    start,
    positionOf,
    read:
      condition === undefined
        ? async (position, signal) => toPage(await readPage(position, signal), position, positionOf)
        : upToHead({ heads, of: { stream }, batchSize, positionOf, readPage }),
  }
}
