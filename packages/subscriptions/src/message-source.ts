import type { BatchSize, Message, MessageStore, PageRows } from '@mdb/core'
import type { QueryExecutorProvider } from 'kysely'
import type { Clock } from './clock.ts'
import type { HeadReader } from './heads/head-reader.ts'
import type { Waiting } from './observer.ts'
import type { StandbyReader } from './standby/standby-reader.ts'

/** What sources stand on. Any `MessageStore` is one, whatever its database. */
export interface ReadableStore extends Pick<
  MessageStore<unknown>,
  'getStreamMessages' | 'getCategoryMessages' | 'getMessages' | 'schema'
> {
  /** A Kysely: for what Message DB has no function for, such as the head of a category. */
  readonly db: QueryExecutorProvider
}

/** A page as it was read, and where to read on. */
export interface Page<M extends Message> {
  readonly messages: readonly M[]
  /**
   * The position to read next. Before it there is nothing more to come for this source: it is one
   * past the last message, or past the head where a filter let nothing more through, or where this
   * read began.
   */
  readonly next: bigint
}

/** Told where to read on, when there may be more to read at once. */
export type OnNext = (next: bigint) => void

/**
 * Where messages come from. A source reads one page, in the order of its positions, from an
 * inclusive position, and says where to read on. It keeps no place, does not retry, does not wait
 * and does not handle: the loop around it does.
 */
export interface MessageSource<M extends Message> {
  /** What is read, as one name: for checkpoint keys and errors. */
  readonly name: string
  /** The position to begin at when there is no checkpoint. */
  begin(signal: AbortSignal): Promise<Beginning>
  /** `onNext` may be told the next position before the page is decoded, when the page is full. */
  read(position: bigint, signal: AbortSignal, onNext?: OnNext): Promise<Page<M>>
  /** Whether a page may be read while the one before it is not handled. Always, without it. */
  mayReadAhead?(position: bigint): boolean
  /** The position by which this source counts: in the stream, or global. */
  positionOf(message: M): bigint
}

/** Where a source begins when there is no checkpoint. */
export interface Beginning {
  readonly position: bigint
  /** Whether it depends on when it was asked: then it becomes the checkpoint before anything is read. */
  readonly save: boolean
}

/** What every source needs besides its own description. */
export interface SourceContext {
  readonly store: ReadableStore
  readonly heads: HeadReader
  /** Whether others read the same heads in the same statement: then a head costs less than a page. */
  readonly sharesHeads: boolean
  /** Where pages are read instead of the store, if anywhere. */
  readonly standby: StandbyReader | undefined
  readonly batchSize: Exclude<BatchSize, 'unlimited'>
  readonly clock: Clock
  /** Told when reading on has waited for transactions of others for long. */
  readonly onWaiting: (waiting: Waiting) => void
}

/** Tells of the next position as soon as a full page is there. */
export function whenFull(
  batchSize: number,
  onNext: OnNext | undefined,
): ((rows: PageRows) => void) | undefined {
  if (onNext === undefined) return undefined
  return ({ count, lastPosition }) => {
    if (count === batchSize && lastPosition !== undefined) onNext(lastPosition + 1n)
  }
}

/** The page around messages that were read from a position. */
export function toPage<M extends Message>(
  messages: readonly M[],
  from: bigint,
  positionOf: (message: M) => bigint,
): Page<M> {
  const last = messages.at(-1)
  return { messages, next: last === undefined ? from : positionOf(last) + 1n }
}
