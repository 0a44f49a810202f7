import type { Message } from '@mdb/core'
import type { HeadOf, HeadReader } from '../heads/head-reader.ts'
import { storeHeads } from '../heads/store-heads.ts'
import type { OnNext, Page, ReadableStore, SourceContext } from '../message-source.ts'

type Read<M extends Message> = (
  position: bigint,
  signal: AbortSignal,
  onNext?: OnNext,
) => Promise<Page<M>>

/** Makes the reading of pages on a store. By default the head comes first only where there is a filter. */
export type ReadOn<M extends Message> = (
  store: ReadableStore,
  heads: HeadReader,
  headFirst?: boolean,
) => Read<M>

/**
 * Reads what is in the order of one head, a category's or a stream's, from the store or its standby.
 * On a standby, too, such messages appear in the order of their positions. But each page there looks at
 * the head anew, in its own session.
 */
export function readPages<M extends Message>(
  { store, standby, heads, sharesHeads }: SourceContext,
  of: HeadOf,
  readOn: ReadOn<M>,
): Read<M> {
  if (standby === undefined) return readOn(store, heads, sharesHeads || undefined)
  // The next page is not asked for before a standby is known to have been one to the end of this one.
  return async (position, signal) => {
    if (sharesHeads) {
      const head = await heads.read(of, position, signal)
      if (head === undefined || head < position) return { messages: [], next: position }
    }
    return await standby.read({
      position,
      signal,
      run: (on) => readOn(on, storeHeads(on))(position, signal),
      isIdle: ({ next }) => next === position,
    })
  }
}
