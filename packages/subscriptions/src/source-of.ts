import type { Message } from '@mdb/core'
import type { MessageSource, ReadableStore, SourceContext } from './message-source.ts'
import { notify } from './observer.ts'
import { categorySource } from './sources/category.ts'
import { globalSource } from './sources/global.ts'
import { streamSource } from './sources/stream.ts'
import { storeHeads } from './heads/store-heads.ts'
import type { ResolvedOptions } from './options.ts'

/** The source that checked options describe. */
export function sourceOf<M extends Message>(
  store: ReadableStore,
  { id, source, batchSize, clock, observer, wakeUps }: ResolvedOptions<M>,
): MessageSource<M> {
  const context: SourceContext = {
    store,
    heads: wakeUps?.heads ?? storeHeads(store),
    sharesHeads: wakeUps?.heads !== undefined,
    batchSize,
    clock,
    onWaiting: (waiting) => notify(observer, { subscriptionId: id, type: 'waiting', ...waiting }),
  }
  if (source.stream !== undefined) return streamSource(context, source)
  return source.category === undefined
    ? globalSource(context, source)
    : categorySource(context, source)
}
