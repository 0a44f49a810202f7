import type { Kysely, Transaction } from 'kysely'
import type { Message, NewMessage, StreamMessage, WriteResult } from '../message.ts'
import type { CallOptions, MessageStore, WriteOptions } from '../message-store.ts'
import type { CategoryReadOptions, StreamReadOptions } from '../read-options.ts'
import type { MessageIterable } from '../reading/message-iterable.ts'
import type { ReadCategoryOptions, ReadStreamOptions } from '../reading/reading-options.ts'
import type { UnknownMessage } from './inference.ts'

/** The id of a stream, or the parts of a compound one: the first is the cardinal id. */
export type StreamId = string | readonly [string, ...string[]]

/** A message as a category reads it: of one of its types, or of none that it knows. */
export type TypedMessage = Message | UnknownMessage

/**
 * A category whose messages have types, as `defineCategory` makes it. `Read` is the union of what
 * is read, `Write` of what can be written, `Skipped` what `parse` gives for a message of an unknown
 * type that is skipped.
 */
export interface Category<
  Name extends string,
  Read extends TypedMessage,
  Write extends NewMessage,
  Skipped extends undefined = never,
> {
  readonly name: Name
  /** The message types that it defines. */
  readonly types: readonly Write['type'][]

  /**
   * Builds the name of a stream of this category.
   *
   * @throws {InvalidStreamNameError} for an id that is missing or empty.
   */
  streamName(id: StreamId): string

  /**
   * Makes of a message that was read, by whatever road, what this category says: checked, upcast to
   * the current schema version, and as the output of its schema.
   *
   * @returns the message, typed; `undefined` for one of an unknown type under `'skip'`.
   * @throws {UnreadableMessageError} that says which message it was, and what is wrong with it.
   */
  parse(message: Message): Promise<Read | Skipped>

  /**
   * Makes a handler, for a subscription or anything that is given messages as they are, of one for
   * messages of this category. Those that are skipped do not reach it.
   *
   * @example
   * ```ts
   * import { defineCategory } from '@mdb/core'
   * import { subscribe } from '@mdb/subscriptions'
   * import { startPGlite } from '@mdb/testing/pglite'
   * import { z } from 'zod'
   *
   * const flights = defineCategory('airport', { FlightDeparted: z.object({ delay: z.number() }) })
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * await flights.on(store).writeMessage('SEA', { type: 'FlightDeparted', data: { delay: 12 } })
   *
   * const subscription = subscribe(store, {
   *   id: 'delays',
   *   source: { category: flights.name },
   *   handler: flights.handler((message) => console.log(message.data.delay)), // 12
   *   observer: (event) => void (event.type === 'live' && subscription.stop()),
   * })
   * await subscription.run()
   * ```
   */
  handler<Context>(
    handle: (message: Read, context: Context) => unknown,
  ): (message: Message, context: Context) => Promise<unknown>

  /** Binds the category to a store: its calls, by id and with types. Nothing is sent. */
  on<DB>(store: MessageStore<DB>): CategoryStore<DB, Read, Write>

  /** For types alone, not there at run time: see {@link MessageOf} and {@link NewMessageOf}. */
  readonly '~types'?: { readonly read: Read; readonly write: Write }
}

/** The messages that a category reads: a union, or those of one type. */
export type MessageOf<
  C extends { readonly '~types'?: { readonly read: TypedMessage } },
  Type extends Types<C>['read']['type'] = Types<C>['read']['type'],
> = Extract<Types<C>['read'], { readonly type: Type }>

/** The messages that a category writes: a union, or those of one type. */
export type NewMessageOf<
  C extends { readonly '~types'?: { readonly write: NewMessage } },
  Type extends Types<C>['write']['type'] = Types<C>['write']['type'],
> = Extract<Types<C>['write'], { readonly type: Type }>

type Types<C extends { readonly '~types'?: unknown }> = NonNullable<C['~types']>

/** What `getLastStreamMessage` of a category takes besides the id. */
export interface LastTypedMessageOptions<Type extends string | undefined> extends CallOptions {
  /** Only messages of this type. Default is any. */
  readonly type?: (Type & string) | undefined
}

/** The calls of a store for the streams of one category, by id and with types. */
export interface CategoryStore<DB, Read extends TypedMessage, Write extends NewMessage> {
  /** The store that the calls run on. */
  readonly store: MessageStore<DB>

  /** The same on your transaction. */
  using(db: Kysely<DB> | Transaction<DB>): CategoryStore<DB, Read, Write>

  /**
   * Writes a message, once its data and metadata are found to be what a reader can read. What is
   * stored is what you give, not what the schema makes of it; a type with a schema version above 1
   * gets it into its metadata, and what Eventide leaves out of metadata is left out.
   *
   * @throws {MessageRejectedError} before anything is sent, with all issues and their paths.
   * @throws as `writeMessage` of the store.
   */
  writeMessage(id: StreamId, message: Write, options?: WriteOptions): Promise<WriteResult>

  /**
   * Writes messages at the end of a stream, all or none, once all of them are found right.
   *
   * @throws {MessageRejectedError} before anything is sent, for the first that is not: `index` says
   *   which.
   * @throws as `writeMessages` of the store.
   */
  writeMessages(
    id: StreamId,
    messages: readonly Write[],
    options?: WriteOptions,
  ): Promise<WriteResult[]>

  /**
   * Checks a message as `writeMessage` does, and leaves the writing to you: for `writeToStreams`, for
   * a group writer, for an expression.
   *
   * @returns the stream name, and the message with its schema version.
   * @throws {MessageRejectedError} and what `writeMessage` throws before anything is sent.
   */
  checkMessage(id: StreamId, message: Write): Promise<StreamMessage>

  /**
   * Reads a page of a stream. Under `'skip'` a page of unknown types alone is passed over, so an
   * empty result is the end; a short one need not be.
   *
   * @throws {UnreadableMessageError} for the first message that cannot be read.
   * @throws as `getStreamMessages` of the store.
   */
  getStreamMessages(id: StreamId, options?: StreamReadOptions & CallOptions): Promise<Read[]>

  /**
   * Reads a page of the category; with `correlation`, `consumerGroup` and `condition` as the
   * store. Under `'skip'` as `getStreamMessages`.
   *
   * @throws {UnreadableMessageError} for the first message that cannot be read.
   * @throws as `getCategoryMessages` of the store.
   */
  getCategoryMessages(options?: CategoryReadOptions & CallOptions): Promise<Read[]>

  /**
   * Reads a stream message by message, or page by page, as `readStream` of the store. Under
   * `'skip'` the limit counts what is known.
   *
   * @example
   * ```ts
   * import { defineCategory } from '@mdb/core'
   * import { startPGlite } from '@mdb/testing/pglite'
   * import { z } from 'zod'
   *
   * const flights = defineCategory('airport', { FlightDeparted: z.object({ delay: z.number() }) })
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * const airports = flights.on(store)
   * await airports.writeMessage('SEA', { type: 'FlightDeparted', data: { delay: 12 } })
   * for await (const { data } of airports.readStream('SEA')) console.log(data.delay) // 12
   * ```
   *
   * @throws {UnreadableMessageError} from the iteration, once the messages before have been given.
   * @throws as `readStream` of the store.
   */
  readStream(id: StreamId, options?: ReadStreamOptions): MessageIterable<Read>

  /**
   * Reads the category message by message, or page by page, as `readCategory` of the store. Under
   * `'skip'` the limit counts what is known.
   *
   * @throws {UnreadableMessageError} from the iteration, once the messages before have been given.
   * @throws as `readCategory` of the store.
   */
  readCategory(options?: ReadCategoryOptions): MessageIterable<Read>

  /**
   * Reads the last message of a stream, of any type or of one; under `'skip'`, of any that is known.
   *
   * @returns the message, `undefined` when there is none.
   * @throws {UnreadableMessageError} @throws as `getLastStreamMessage` of the store.
   */
  getLastStreamMessage<Type extends Read['type'] = Read['type']>(
    id: StreamId,
    options?: LastTypedMessageOptions<Type>,
  ): Promise<Extract<Read, { readonly type: Type }> | undefined>

  /** The version of a stream, `undefined` when there is none. */
  streamVersion(id: StreamId, options?: CallOptions): Promise<bigint | undefined>
}
