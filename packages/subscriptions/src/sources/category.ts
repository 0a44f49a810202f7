import type { Condition, ConsumerGroup, Message } from '@mdb/core'
import { type ElasticGroup, staticGroup } from '../consumer-group/elastic-group.ts'
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
import { pageQuery } from './page-query.ts'
import type { StartOptions } from './start-options.ts'
import { upToHead } from './up-to-head.ts'

/** Read a category, in the order of global positions. */
export type CategorySourceOptions = StartOptions & {
  /** The category, without an id: `airport`, `account:command`. */
  readonly category: string
  readonly stream?: never
  readonly categories?: never
  readonly all?: never
  /**
   * Read as one member of a group, or, without a `member`, as one process of a group whose members
   * are shared out by lease. Default is the whole category. Streams without an id belong to no
   * member, not even of a group of one.
   */
  readonly consumerGroup?: ConsumerGroup | ElasticGroup | undefined
  /** Only messages whose correlation stream is in this category. Default is all. */
  readonly correlation?: string | undefined
  /** Which messages to read. Default is all. The server must have conditions activated. */
  readonly condition?: Condition | undefined
}

export function categorySource<M extends Message>(
  context: SourceContext,
  options: CategorySourceOptions,
): MessageSource<M> {
  const { store, batchSize } = context
  const { category, correlation, condition } = options
  const consumerGroup = staticGroup(options.consumerGroup)
  const positionOf = (message: M): bigint => message.globalPosition
  const isFiltered =
    consumerGroup !== undefined || correlation !== undefined || condition !== undefined
  // Without a filter the index finds the next message, or that there is none, by itself.
  const readOn: ReadOn<M> = (from, heads, headFirst = isFiltered) => {
    const readPage = (position: bigint, signal: AbortSignal, onNext?: OnNext): Promise<M[]> =>
      from.getCategoryMessages<M>(category, {
        position,
        batchSize,
        consumerGroup,
        correlation,
        condition,
        signal,
        onRows: whenFull(batchSize, onNext),
      })
    return headFirst
      ? upToHead({
          head: (position, signal) => heads.read({ category }, position, signal),
          batchSize,
          positionOf,
          readPage: (position, _, signal, onNext) => readPage(position, signal, onNext),
        })
      : async (position, signal, onNext) =>
          toPage(await readPage(position, signal, onNext), position, positionOf)
  }
  return {
    name: category,
    positionOf,
    begin: (signal) =>
      beginning(options, {
        first: 1n,
        head: async () => (await readHeads(store, [{ category }], signal))[0],
        async firstSince(since, through) {
          const { schema } = store
          const page = { schema, categories: [category], filter: { since } }
          const rows = pageQuery({ ...page, from: 0n, through, limit: 1 })
          const [message] = await store.getMessages(rows, { signal })
          return message?.globalPosition
        },
      }),
    read: readPages(context, { category }, readOn),
  }
}
