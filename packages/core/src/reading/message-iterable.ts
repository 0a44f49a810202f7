import type { Message } from '../message.ts'
import type { BatchSize } from '../read-options.ts'
import { checkDirection, checkLimit, checkPosition, toServerBatchSize } from '../validate-read.ts'
import type { PageRequest } from './page-request.ts'
import { readMessages } from './read-messages.ts'
import { type PageReading, readPages } from './read-pages.ts'
import type { ReadingOptions } from './reading-options.ts'

/**
 * Messages that are read while they are iterated, page by page. Nothing is sent before the first is
 * asked for; each iteration reads anew. Leaving a loop early (`break`, `return`, `throw`) ends the
 * read, and no query of it runs on.
 */
export interface MessageIterable<M = Message> extends AsyncIterable<M> {
  /** Begins to read, for a `for await`. */
  [Symbol.asyncIterator](): AsyncGenerator<M, void, undefined>
  /** The same messages as pages: arrays of 1 to `batchSize` messages. */
  pages(): AsyncGenerator<M[], void, undefined>
}

/** What differs between a stream and a category. */
export interface MessageSource<Row, M extends Message> {
  readonly options: ReadingOptions & {
    readonly position?: bigint | undefined
    readonly batchSize?: BatchSize | undefined
  }
  readonly isTransaction: boolean
  readonly isRemote: boolean
  /** Makes the query of a page, or refuses what cannot be one. */
  readonly page: (request: PageRequest) => unknown
  readonly fetch: PageReading<Row, M>['fetch']
  readonly positionOf: PageReading<Row, M>['positionOf']
  readonly decode: PageReading<Row, M>['decode']
}

const FIRST_POSITION = 0n
const LAST_POSITION = 2n ** 63n - 1n
const DEFAULT_BATCH_SIZE = 1000

/** Makes an iterable of a source. @throws {InvalidPositionError} and others, for its bounds. */
export function messageIterable<Row, M extends Message>(
  source: MessageSource<Row, M>,
): MessageIterable<M> {
  const { options, isTransaction, isRemote, page, fetch, positionOf, decode } = source
  const { direction = 'forward', batchSize = DEFAULT_BATCH_SIZE, signal } = options
  const [first, last] =
    direction === 'forward' ? [FIRST_POSITION, LAST_POSITION] : [LAST_POSITION, FIRST_POSITION]
  const { position = first, until = last, limit } = options
  const { prefetch = !isTransaction } = options
  checkDirection(direction)
  checkPosition(position)
  checkPosition(until)
  toServerBatchSize(batchSize)
  if (limit !== undefined) checkLimit(limit)
  // What is wrong with the rest shows here too, at the call and not in the loop.
  page({ position, until, size: 1 })

  const reading: PageReading<Row, M> = {
    remaining: { direction, position, until, limit: limit ?? Infinity },
    batchSize: batchSize === 'unlimited' ? Infinity : batchSize,
    prefetch,
    isRemote,
    signal,
    fetch,
    positionOf,
    decode,
  }
  return {
    pages: () => readPages(reading),
    [Symbol.asyncIterator]: () => readMessages(readPages(reading), signal),
  }
}

/** The batch size of a page. */
export function toBatchSize({ size }: PageRequest): BatchSize {
  return size === Infinity ? 'unlimited' : size
}
