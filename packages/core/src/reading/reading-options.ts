import type { CategoryReadOptions, StreamReadOptions } from '../read-options.ts'
import type { Direction } from './page-request.ts'

/** What every read that pages by itself takes. */
export interface ReadingOptions {
  /**
   * `'forward'` begins with the oldest message, `'backward'` with the newest. Default is
   * `'forward'`. Message DB has no function that reads backward: that is a query on its table, on
   * Message DB's own indexes.
   */
  readonly direction?: Direction | undefined
  /** The last position to read, inclusive: the lowest one when reading backward. Default is none. */
  readonly until?: bigint | undefined
  /** How many messages to read at most, an integer of 1 or more. Default is all there are. */
  readonly limit?: number | undefined
  /**
   * Whether the next page is fetched while you work on one: never more than one ahead. Default is
   * `true`, and `false` in a transaction, where your own queries wait for it and fail with it.
   */
  readonly prefetch?: boolean | undefined
  /** Ends the read: the iteration throws the signal's reason. Default is no signal. */
  readonly signal?: AbortSignal | undefined
}

/** What `readStream` takes besides the stream name. */
export interface ReadStreamOptions extends StreamReadOptions, ReadingOptions {
  /** The first position to read, inclusive. Default is 0n, backward the last one. */
  readonly position?: bigint | undefined
  /** How many messages a page has at most. Default is 1000. */
  readonly batchSize?: StreamReadOptions['batchSize']
}

/** What `readCategory` takes besides the category. */
export interface ReadCategoryOptions extends CategoryReadOptions, ReadingOptions {
  /** The first global position to read, inclusive. Default is 1n, backward the last one. */
  readonly position?: bigint | undefined
  /** How many messages a page has at most. Default is 1000. */
  readonly batchSize?: CategoryReadOptions['batchSize']
}
