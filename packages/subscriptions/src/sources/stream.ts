import type { Condition, Message } from '@mdb/core'
import { readHeads } from '../heads/store-heads.ts'
import { type MessageSource, type SourceContext, toPage } from '../message-source.ts'
import { beginning } from './beginning.ts'
import type { StartOptions } from './start-options.ts'
import { firstSinceInStream } from './stream-since.ts'
import { upToHead } from './up-to-head.ts'

/** Read one stream, in order. */
export type StreamSourceOptions = StartOptions & {
  /** The stream name, with an id: `airport-SEA`. */
  readonly stream: string
  readonly category?: never
  readonly categories?: never
  readonly all?: never
  readonly consumerGroup?: never
  readonly correlation?: never
  /** Which messages to read. Default is all. The server must have conditions activated. */
  readonly condition?: Condition | undefined
}

export function streamSource<M extends Message>(
  { store, heads, batchSize, sharesHeads }: SourceContext,
  options: StreamSourceOptions,
): MessageSource<M> {
  const { stream, condition } = options
  const positionOf = (message: M): bigint => message.position
  const readPage = (position: bigint, signal: AbortSignal): Promise<M[]> =>
    store.getStreamMessages<M>(stream, { position, batchSize, condition, signal })
  return {
    name: stream,
    positionOf,
    begin: (signal) =>
      beginning(options, {
        first: 0n,
        head: async () => (await readHeads(store, [{ stream }], signal))[0],
        firstSince: (since, through) =>
          firstSinceInStream(store, { stream, since, through, signal }),
      }),
    read:
      condition === undefined && !sharesHeads
        ? async (position, signal) => toPage(await readPage(position, signal), position, positionOf)
        : upToHead({
            head: (position, signal) => heads.read({ stream }, position, signal),
            batchSize,
            positionOf,
            readPage: (from, _, signal) => readPage(from, signal),
          }),
  }
}
