import type { Condition, Message } from '@mdb/core'
import { readHeads } from '../heads/store-heads.ts'
import {
  type MessageSource,
  type OnNext,
  type SourceContext,
  toPage,
  whenFull,
} from '../message-source.ts'
import { type ReadOn, readPages } from '../standby/read-pages.ts'
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
  context: SourceContext,
  options: StreamSourceOptions,
): MessageSource<M> {
  const { store, batchSize } = context
  const { stream, condition } = options
  const positionOf = (message: M): bigint => message.position
  const readOn: ReadOn<M> = (from, heads, headFirst = condition !== undefined) => {
    const readPage = (position: bigint, signal: AbortSignal, onNext?: OnNext): Promise<M[]> =>
      from.getStreamMessages<M>(stream, {
        position,
        batchSize,
        condition,
        signal,
        onRows: whenFull(batchSize, onNext),
      })
    return headFirst
      ? upToHead({
          head: (position, signal) => heads.read({ stream }, position, signal),
          batchSize,
          positionOf,
          readPage: (position, _, signal, onNext) => readPage(position, signal, onNext),
        })
      : async (position, signal, onNext) =>
          toPage(await readPage(position, signal, onNext), position, positionOf)
  }
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
    read: readPages(context, { stream }, readOn),
  }
}
