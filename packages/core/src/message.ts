import type { ExpectedVersion } from './expected-version.ts'

/**
 * A message as it is read from the store.
 *
 * `data` and `metadata` are parsed JSON. SQL NULL reads as `undefined`, JSON null as `null`.
 *
 * @example
 * ```ts
 * import type { Message } from '@mdb/core'
 *
 * type FlightDeparted = Message<'FlightDeparted', { delay: number }>
 *
 * const delayOf = (message: FlightDeparted): number => message.data.delay
 * console.log(typeof delayOf)
 * ```
 */
export interface Message<Type extends string = string, Data = unknown, Metadata = unknown> {
  /** The message's uuid, in lower case. */
  readonly id: string
  readonly streamName: string
  readonly type: Type
  /** The place in its stream. The first message of a stream is at 0n. */
  readonly position: bigint
  /** The place in the whole store. Starts at 1n, has gaps. */
  readonly globalPosition: bigint
  readonly data: Data
  readonly metadata: Metadata
  /** When the writing transaction began, to the millisecond. */
  readonly time: Date
}

/**
 * A message to write.
 *
 * @example
 * ```ts
 * import type { NewMessage } from '@mdb/core'
 *
 * const departed: NewMessage<'FlightDeparted', { delay: number }> = {
 *   type: 'FlightDeparted',
 *   data: { delay: 12 },
 * }
 * console.log(departed.type)
 * ```
 */
export interface NewMessage<Type extends string = string, Data = unknown, Metadata = unknown> {
  /** A uuid that no other message of the store has. Default is a random one. */
  readonly id?: string | undefined
  readonly type: Type
  /** Any JSON. The key must be there: `undefined` is stored as SQL NULL, `null` as JSON null. */
  readonly data: Data
  /** Any JSON. Default is `undefined`, which is stored as SQL NULL. */
  readonly metadata?: Metadata | undefined
}

/** A message of `writeToStreams`, and where it goes. */
export interface StreamMessage {
  readonly streamName: string
  readonly message: NewMessage
  /**
   * The version that the stream must be at when the messages before this one are written. Default
   * is `'any'`: no check.
   */
  readonly expectedVersion?: ExpectedVersion | undefined
}

/** Where a message was written. */
export interface WriteResult {
  /** The message's uuid, in lower case. */
  readonly id: string
  readonly streamName: string
  /** The place in the stream: also the stream's version now. */
  readonly position: bigint
}
