import type { Condition } from './condition.ts'
import type { JsonCodec } from './json-codec.ts'

/** How many messages a read returns at most: an integer of 1 or more, or all there are. */
export type BatchSize = number | 'unlimited'

/**
 * One of a fixed number of consumers that share a category. A member reads the streams whose
 * cardinal id hashes to it; a stream without an id is read by no member, not even in a group of 1.
 */
export interface ConsumerGroup {
  /** From 0 to size - 1. */
  readonly member: number
  /** From 1 to 32767. */
  readonly size: number
}

/** What `getStreamMessages` takes besides the stream name. */
export interface StreamReadOptions {
  /** The first position to read, inclusive. Default is 0n. */
  readonly position?: bigint | undefined
  /** Default is 1000 messages. */
  readonly batchSize?: BatchSize | undefined
  /**
   * Which of the messages to read. Default is all. The server must have conditions activated, or
   * {@link activateCondition} be `true`.
   */
  readonly condition?: Condition | undefined
  /**
   * Whether the condition counts although the server has conditions off. No setting is touched, so
   * none is left on the connection: the query that Message DB's function makes is sent without the
   * function. Default is `false`.
   */
  readonly activateCondition?: boolean | undefined
}

/** What `getCategoryMessages` takes besides the category. */
export interface CategoryReadOptions {
  /** The first global position to read, inclusive. Default is 1n. */
  readonly position?: bigint | undefined
  /** Default is 1000 messages. */
  readonly batchSize?: BatchSize | undefined
  /** Only messages whose `metadata.correlationStreamName` is in this category. Default is all. */
  readonly correlation?: string | undefined
  /** Read as one member of a group. Default is to read the whole category. */
  readonly consumerGroup?: ConsumerGroup | undefined
  /**
   * Which of the messages to read. Default is all. The server must have conditions activated, or
   * {@link activateCondition} be `true`.
   */
  readonly condition?: Condition | undefined
  /**
   * Whether the condition counts although the server has conditions off. No setting is touched, so
   * none is left on the connection: the query that Message DB's function makes is sent without the
   * function. Default is `false`.
   */
  readonly activateCondition?: boolean | undefined
}

/** Where Message DB is installed. */
export interface SchemaOptions {
  /** The schema that holds Message DB. Default is `message_store`. */
  readonly schema?: string | undefined
}

/** How values become JSON. */
export interface JsonOptions {
  /** How data and metadata become JSON text, and are read. Default is {@link plainJson}. */
  readonly json?: JsonCodec | undefined
}

/**
 * What every expression of `@mdb/core/functions` takes. `json` writes data, metadata and the
 * objects in a condition; rows have JSON text, which its `parse` is for.
 */
export interface FunctionOptions extends SchemaOptions, JsonOptions {
  /**
   * What becomes of the search_path, which the expression sets for the function. `'restore'` puts
   * the caller's back; `'leave'` leaves Message DB's schema first until the transaction ends, which
   * is faster and does no harm to a statement that is its own transaction. Default is `'restore'`.
   */
  readonly searchPath?: 'restore' | 'leave' | undefined
}

/**
 * Whether a page is read by Message DB's function, which is given the condition as a parameter; with
 * `activateCondition` it is a query that holds the condition.
 */
export function callsFunction(
  options: Pick<StreamReadOptions, 'condition' | 'activateCondition'>,
): boolean {
  return options.condition === undefined || options.activateCondition !== true
}
