import type { Message } from '@mdb/core'
import type { MessageSource, ReadableStore, SourceContext } from './message-source.ts'
import { type EventWithoutId, notify } from './observer.ts'
import { categorySource } from './sources/category.ts'
import { globalSource } from './sources/global.ts'
import { streamSource } from './sources/stream.ts'
import { storeHeads } from './heads/store-heads.ts'
import type { ResolvedOptions } from './options.ts'
import { StandbyReader } from './standby/standby-reader.ts'

/** The source that checked options describe. */
export function sourceOf<M extends Message>(
  store: ReadableStore,
  { id, source, batchSize, clock, observer, wakeUps, readFrom }: ResolvedOptions<M>,
): MessageSource<M> {
  const emit = (event: EventWithoutId): void => notify(observer, { subscriptionId: id, ...event })
  const context: SourceContext = {
    store,
    heads: wakeUps?.heads ?? storeHeads(store),
    sharesHeads: wakeUps?.heads !== undefined,
    batchSize,
    clock,
    onWaiting: (waiting) => emit({ type: 'waiting', ...waiting }),
    standby:
      readFrom === undefined
        ? undefined
        : new StandbyReader({ primary: store, standby: readFrom, clock, emit }),
  }
  if (source.stream !== undefined) return streamSource(context, source)
  return source.category === undefined
    ? globalSource(context, source)
    : categorySource(context, source)
}
