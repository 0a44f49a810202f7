import type { Condition, ConsumerGroup, Message } from '@mdb/core'
import type { MessageSource, ReadableStore, SourceContext } from '../message-source.ts'
import type { ReplayTarget } from '../standby/standby-reader.ts'
import { beginning } from './beginning.ts'
import { pageQuery } from './page-query.ts'
import { settledHead } from './settled-head.ts'
import type { StartOptions } from './start-options.ts'
import { upToHead } from './up-to-head.ts'
import { sourceName } from './source-name.ts'

interface GlobalFilterOptions {
  readonly stream?: never
  readonly category?: never
  /** Read as one member of a group. Default is everything. As in a category, by the cardinal id. */
  readonly consumerGroup?: ConsumerGroup | undefined
  /** Only messages whose correlation stream is in this category. Default is all. */
  readonly correlation?: string | undefined
  /** Which messages to read. Default is all. It needs no activation on the server. */
  readonly condition?: Condition | undefined
}

/** Read several categories, in the order of global positions. */
export type CategoriesSourceOptions = GlobalFilterOptions &
  StartOptions & {
    /** The categories, without ids; in any order. None has a comma in its name. */
    readonly categories: readonly string[]
    readonly all?: never
  }

/** Read all messages there are, in the order of global positions. */
export type AllSourceOptions = GlobalFilterOptions &
  StartOptions & {
    readonly all: true
    readonly categories?: never
  }

/**
 * Several categories, or all messages. Both read up to a head that is settled: they wait for the
 * transactions that may still commit below it.
 */
export function globalSource<M extends Message>(
  context: SourceContext,
  options: CategoriesSourceOptions | AllSourceOptions,
): MessageSource<M> {
  const { store, batchSize, standby } = context
  const { schema } = store
  const { consumerGroup, correlation, condition } = options
  const categories =
    options.categories === undefined ? undefined : [...new Set(options.categories)].toSorted()
  const head = settledHead(context, categories)
  // What a standby must have replayed before it is read up to the head.
  let target: ReplayTarget | undefined
  const positionOf = (message: M): bigint => message.globalPosition
  const query = { schema, categories, filter: { consumerGroup, correlation, condition } }
  return {
    name: sourceName(options),
    positionOf,
    begin: (signal) =>
      beginning(options, {
        first: 1n,
        head: () => head(0n, signal),
        async firstSince(since, through) {
          const oldest = { schema, categories, filter: { since }, from: 0n, through, limit: 1 }
          const [message] = await store.getMessages(pageQuery(oldest), { signal })
          return message?.globalPosition
        },
      }),
    read: upToHead({
      async head(position, signal) {
        const found = await head(position, signal)
        if (standby !== undefined && found !== undefined && found >= position) {
          target = { state: await standby.primaryState(signal), head: found }
        }
        return found
      },
      batchSize,
      positionOf,
      async readPage(from, through, signal) {
        const rows = pageQuery({ ...query, from, through, limit: batchSize })
        const readOn = (on: ReadableStore): Promise<M[]> => on.getMessages<M>(rows, { signal })
        if (standby === undefined) return await readOn(store)
        return await standby.read({ position: from, target, signal, run: readOn })
      },
    }),
  }
}
