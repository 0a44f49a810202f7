import type { Condition, ConsumerGroup, Message } from '@mdb/core'
import { type MessageSource, type SourceContext, toPage } from '../message-source.ts'
import { upToHead } from './up-to-head.ts'

/** Read a category, in the order of global positions. */
export interface CategorySourceOptions {
  /** The category, without an id: `airport`, `account:command`. */
  readonly category: string
  readonly stream?: never
  /** The first global position to read when there is no checkpoint, inclusive. Default is 1n. */
  readonly position?: bigint | undefined
  /**
   * Read as one member of a group. Default is the whole category. Streams without an id belong to
   * no member, not even of a group of one.
   */
  readonly consumerGroup?: ConsumerGroup | undefined
  /** Only messages whose correlation stream is in this category. Default is all. */
  readonly correlation?: string | undefined
  /** Which messages to read. Default is all. The server must have conditions activated. */
  readonly condition?: Condition | undefined
}

export function categorySource<M extends Message>(
  { store, heads, batchSize }: SourceContext,
  options: CategorySourceOptions,
): MessageSource<M> {
  const { category, position: start = 1n, consumerGroup, correlation, condition } = options
  const positionOf = (message: M): bigint => message.globalPosition
  const readPage = (position: bigint, signal: AbortSignal): Promise<M[]> =>
    store.getCategoryMessages<M>(category, {
      position,
      batchSize,
      consumerGroup,
      correlation,
      condition,
      signal,
    })
  const filtered =
    consumerGroup !== undefined || correlation !== undefined || condition !== undefined
  return {
    name: category,
    start,
    positionOf,
    // Without a filter the index finds the next message, or that there is none, by itself.
    read: filtered
      ? upToHead({ heads, of: { category }, batchSize, positionOf, readPage })
      : async (position, signal) => toPage(await readPage(position, signal), position, positionOf),
  }
}
