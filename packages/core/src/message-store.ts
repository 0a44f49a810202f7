import { setImmediate } from 'node:timers/promises'
import type { Kysely, RawBuilder, Transaction } from 'kysely'
import type { CallOptions, PageCallOptions, PageRows } from './call-options.ts'
import { createSession, type SessionOptions } from './create-session.ts'
import type { ExpectedVersion } from './expected-version.ts'
import { acquireLock } from './functions/acquire-lock.ts'
import { acquireLocks } from './functions/acquire-locks.ts'
import { getCategoryMessages } from './functions/get-category-messages.ts'
import { getLastStreamMessage } from './functions/get-last-stream-message.ts'
import { getStreamMessages } from './functions/get-stream-messages.ts'
import { messageStoreVersion } from './functions/message-store-version.ts'
import { streamVersion } from './functions/stream-version.ts'
import { toBigInt } from './int8.ts'
import {
  globalPositionOf,
  type MessageRow,
  positionOf,
  type Row,
  selectMessages,
  toMessage,
} from './message-row.ts'
import { type JsonCodec, plainJson } from './json-codec.ts'
import {
  callsFunction,
  type CategoryReadOptions,
  type JsonOptions,
  type SchemaOptions,
  type StreamReadOptions,
} from './read-options.ts'
import type { Message, NewMessage, StreamMessage, WriteResult } from './message.ts'
import type { MessageIterable } from './reading/message-iterable.ts'
import type { MessageReader, RowsOptions } from './reading/message-reader.ts'
import { readCategory } from './reading/read-category.ts'
import { readStream } from './reading/read-stream.ts'
import type { ReadCategoryOptions, ReadStreamOptions } from './reading/reading-options.ts'
import { DEFAULT_SCHEMA } from './search-path.ts'
import { StatementTemplates } from './statement-template.ts'
import type { CallContext } from './translate-error.ts'
import { writeEntries, writeStreamBatch } from './writing/write-batch.ts'
import { writeOne } from './writing/write-one.ts'

export type { CallOptions, PageCallOptions, PageRows } from './call-options.ts'

/** What every write takes. */
export interface RepeatableWriteOptions extends CallOptions {
  /**
   * Whether this may be another attempt at a write whose acknowledgement was lost. Where the first
   * one succeeded, its positions are returned, whatever the expected version; each message must then
   * be as it was first given: its id, stream, type, data and metadata. Needs ids. Default is `false`.
   */
  readonly idempotent?: boolean | undefined
}

/** What `writeMessage` and `writeMessages` take besides the stream name and what to write. */
export interface WriteOptions extends RepeatableWriteOptions {
  /**
   * The version that the stream must be at; of several messages, before the first. Default is
   * `'any'`: no check.
   */
  readonly expectedVersion?: ExpectedVersion | undefined
}

/** What `getLastStreamMessage` takes besides the stream name. */
export interface LastMessageOptions extends CallOptions {
  /** Only messages of this type. Default is any. */
  readonly type?: string | undefined
}

/** What `createMessageStore` takes besides the Kysely. */
export interface MessageStoreOptions extends SchemaOptions, JsonOptions {}

/**
 * Message DB's functions as calls, bound to a Kysely. What Message DB or this package refuses is a
 * `MessageStoreError`; whatever else fails, a lost connection for one, comes as the driver gives it.
 */
export interface MessageStore<DB> {
  /** The Kysely or the transaction that the calls run on. */
  readonly db: Kysely<DB>

  /** The schema that holds Message DB. */
  readonly schema: string
  /** How data and metadata become JSON text, and are read. */
  readonly json: JsonCodec

  /**
   * The same store on another Kysely: your transaction, so that messages and your own rows commit
   * together.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { db, store } = await server.createDatabase()
   * await db.transaction().execute(async (trx) => {
   *   await store.using(trx).writeMessage('booking-1', { type: 'Booked', data: { seat: '4A' } })
   * })
   * ```
   */
  using(db: Kysely<DB> | Transaction<DB>): MessageStore<DB>

  /**
   * Writes a message at the end of its stream. Stands on `write_message`.
   *
   * The version is checked before the id: a write that is retried with its old expected version
   * meets the version error although it succeeded, unless it is `idempotent`.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * const { position } = await store.writeMessage(
   *   'airport-SEA',
   *   { type: 'FlightDeparted', data: { delay: 12 } },
   *   { expectedVersion: 'no-stream' },
   * )
   * console.log(position) // 0n
   * ```
   *
   * @returns the message's id, and its position in the stream.
   * @throws {WrongExpectedVersionError} {@link DuplicateMessageIdError} from the server.
   * @throws {MessageIdConflictError} when it is idempotent and another message has the id.
   * @throws {InvalidStreamNameError} {@link InvalidMessageError} {@link InvalidMessageIdError}
   *   {@link InvalidExpectedVersionError} before anything is sent.
   */
  writeMessage(
    streamName: string,
    message: NewMessage,
    options?: WriteOptions,
  ): Promise<WriteResult>

  /**
   * Writes messages at the end of a stream, in their order and atomically: all of them or none, in
   * one statement. Stands on `write_message`, called for each.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * const written = await store.writeMessages(
   *   'airport-SEA',
   *   [
   *     { type: 'FlightDeparted', data: { delay: 12 } },
   *     { type: 'FlightArrived', data: { delay: 9 } },
   *   ],
   *   { expectedVersion: 'no-stream' },
   * )
   * console.log(written.map(({ position }) => position)) // [ 0n, 1n ]
   * ```
   *
   * @returns for each message its id, and its position in the stream. Of no messages it sends
   *   nothing, so that their expected version goes unchecked, and returns none.
   * @throws {WrongExpectedVersionError} {@link DuplicateMessageIdError} from the server.
   * @throws {MessageIdConflictError} {@link BatchPartlyWrittenError} when it is idempotent and other
   *   messages have the ids, or only some of these were written.
   * @throws {InvalidStreamNameError} {@link InvalidMessageError} {@link InvalidMessageIdError}
   *   {@link InvalidExpectedVersionError} {@link DuplicateMessageIdError} before anything is sent.
   *   The `index` of an error says which message it is about.
   */
  writeMessages(
    streamName: string,
    messages: readonly NewMessage[],
    options?: WriteOptions,
  ): Promise<WriteResult[]>

  /**
   * Writes messages to several streams, in their order and atomically: all of them or none, in one
   * statement. Stands on `write_message`, called for each.
   *
   * When the streams are of several categories, their locks are taken first and in one order, so two
   * such writes never deadlock. In a transaction that has written before, they may: it holds a lock
   * already.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * await store.writeToStreams([
   *   { streamName: 'seat-4A', message: { type: 'SeatTaken', data: {} }, expectedVersion: 'no-stream' },
   *   { streamName: 'booking-1', message: { type: 'Booked', data: { seat: '4A' } } },
   * ])
   * console.log(await store.streamVersion('booking-1')) // 0n
   * ```
   *
   * @returns for each message its id, its stream name, and its position in the stream.
   * @throws {WrongExpectedVersionError} {@link DuplicateMessageIdError} from the server.
   * @throws {MessageIdConflictError} {@link BatchPartlyWrittenError} when it is idempotent and other
   *   messages have the ids, or only some of these were written.
   * @throws {InvalidStreamNameError} {@link InvalidMessageError} {@link InvalidMessageIdError}
   *   {@link InvalidExpectedVersionError} {@link DuplicateMessageIdError} before anything is sent,
   *   and {@link WrongExpectedVersionError} when two expected versions contradict each other. The
   *   `index` of an error says which message it is about.
   */
  writeToStreams(
    messages: readonly StreamMessage[],
    options?: RepeatableWriteOptions,
  ): Promise<WriteResult[]>

  /**
   * Reads a page of a stream, in order. Stands on `get_stream_messages`.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * const messages = await store.getStreamMessages('airport-SEA', { position: 5n, batchSize: 100 })
   * console.log(messages) // []
   * ```
   *
   * @returns the messages; none for a stream that is not there.
   * @throws {NotAStreamNameError} for a name without an id, {@link InvalidStreamNameError},
   *   {@link InvalidPositionError}, {@link InvalidBatchSizeError} before anything is sent.
   * @throws {InvalidConditionError} {@link ConditionsNotActivatedError}
   */
  getStreamMessages<M extends Message = Message>(
    streamName: string,
    options?: StreamReadOptions & PageCallOptions,
  ): Promise<M[]>

  /**
   * Reads a page of a category, in the order of global positions. Stands on
   * `get_category_messages`.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * const messages = await store.getCategoryMessages('airport', {
   *   position: 1n,
   *   batchSize: 500,
   *   consumerGroup: { member: 0, size: 4 },
   * })
   * console.log(messages) // []
   * ```
   *
   * @returns the messages; none for a category that is not there.
   * @throws {NotACategoryError} for a name with an id, {@link InvalidStreamNameError},
   *   {@link InvalidPositionError}, {@link InvalidBatchSizeError},
   *   {@link InvalidConsumerGroupError}, {@link CorrelationNotACategoryError} before anything is
   *   sent.
   * @throws {InvalidConditionError} {@link ConditionsNotActivatedError}
   */
  getCategoryMessages<M extends Message = Message>(
    category: string,
    options?: CategoryReadOptions & PageCallOptions,
  ): Promise<M[]>

  /**
   * Reads messages by a query of your own, where Message DB has no function for it: decoded as by
   * the other reads, in the order of the query.
   *
   * @example
   * ```ts
   * import type { MessageRow } from '@mdb/core'
   * import { startPGlite } from '@mdb/testing/pglite'
   * import { sql } from 'kysely'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * const newest = sql<MessageRow>`(select id::varchar, stream_name, type, position,
   *   global_position, data::varchar, metadata::varchar, time at time zone 'utc' as time
   *   from message_store.messages order by global_position desc limit 10)`
   * console.log(await store.getMessages(newest)) // []
   * ```
   *
   * @param rows a table of rows as {@link MessageRow} says, as in `from ${rows}`.
   */
  getMessages<M extends Message = Message>(
    rows: RawBuilder<MessageRow>,
    options?: CallOptions,
  ): Promise<M[]>

  /**
   * Reads a stream message by message, and pages by itself. Stands on `get_stream_messages`;
   * backward, on a query of the same table.
   *
   * The read ends at the end of what there is: at the first page that is not full.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
   *
   * for await (const message of store.readStream('airport-SEA')) console.log(message.data)
   * for await (const page of store.readStream('airport-SEA').pages()) console.log(page.length)
   *
   * const lastTen = store.readStream('airport-SEA', { direction: 'backward', limit: 10 })
   * for await (const { position } of lastTen) console.log(position) // the newest first
   * ```
   *
   * @returns what `for await` takes; nothing is sent before.
   * @throws {NotAStreamNameError} {@link InvalidStreamNameError} {@link InvalidPositionError}
   *   {@link InvalidBatchSizeError} {@link InvalidLimitError} {@link InvalidDirectionError}
   *   {@link InvalidConditionError} at once. The iteration throws what `getStreamMessages` throws.
   */
  readStream<M extends Message = Message>(
    streamName: string,
    options?: ReadStreamOptions,
  ): MessageIterable<M>

  /**
   * Reads a category message by message, in the order of global positions, and pages by itself.
   * Stands on `get_category_messages`; backward, on a query of the same table.
   *
   * The read ends at the end of what there is: at the first page that is not full.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
   *
   * for await (const message of store.readCategory('airport')) console.log(message.streamName)
   *
   * const newest = store.readCategory('airport', { direction: 'backward', limit: 1 })
   * for await (const { globalPosition } of newest) console.log(globalPosition)
   * ```
   *
   * @returns what `for await` takes; nothing is sent before.
   * @throws {NotACategoryError} and what `readStream` throws, {@link InvalidConsumerGroupError},
   *   {@link CorrelationNotACategoryError} at once. The iteration throws what
   *   `getCategoryMessages` throws.
   */
  readCategory<M extends Message = Message>(
    category: string,
    options?: ReadCategoryOptions,
  ): MessageIterable<M>

  /**
   * Reads the last message of a stream. Stands on `get_last_stream_message`.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { store } = await server.createDatabase()
   * const message = await store.getLastStreamMessage('airport-SEA', { type: 'FlightDeparted' })
   * console.log(message) // undefined
   * ```
   *
   * @returns the message, `undefined` when there is none.
   * @throws {InvalidStreamNameError} {@link InvalidMessageError} before anything is sent.
   */
  getLastStreamMessage<M extends Message = Message>(
    streamName: string,
    options?: LastMessageOptions,
  ): Promise<M | undefined>

  /**
   * The version of a stream: the position of its last message. Stands on `stream_version`.
   *
   * @returns the version, `undefined` when there is no stream.
   * @throws {InvalidStreamNameError} before anything is sent.
   */
  streamVersion(streamName: string, options?: CallOptions): Promise<bigint | undefined>

  /** The version of Message DB that is installed, as `1.3.0`. Stands on `message_store_version`. */
  messageStoreVersion(options?: CallOptions): Promise<string>

  /**
   * Takes the lock that every write to the stream's category takes, to the end of the transaction:
   * only in one does it mean anything. Stands on `acquire_lock`.
   *
   * @returns the lock's key: the hash of the category.
   * @throws {InvalidStreamNameError} before anything is sent.
   */
  acquireLock(streamName: string, options?: CallOptions): Promise<bigint>

  /**
   * Takes the locks of several categories, in one statement and in one order for everybody: the order
   * of their keys. A transaction that writes to several categories calls this first, with all of
   * them; two that do so cannot deadlock, whatever order they write in. Stands on `acquire_lock`.
   *
   * @example
   * ```ts
   * import { startPGlite } from '@mdb/testing/pglite'
   *
   * await using server = await startPGlite()
   * const { db, store } = await server.createDatabase()
   * await db.transaction().execute(async (trx) => {
   *   const inside = store.using(trx)
   *   await inside.acquireLocks(['seat-4A', 'booking-1'])
   *   await inside.writeMessage('seat-4A', { type: 'Taken', data: {} })
   *   await inside.writeMessage('booking-1', { type: 'Booked', data: { seat: '4A' } })
   * })
   * ```
   *
   * @param names stream names, or categories. None takes no lock.
   * @returns the keys of the locks, each once, in the order they were taken.
   * @throws {InvalidStreamNameError} before anything is sent.
   */
  acquireLocks(names: readonly string[], options?: CallOptions): Promise<bigint[]>
}

/**
 * Binds Message DB's functions to a Kysely of yours, on any driver. Nothing is sent yet, and the
 * session's search_path does not matter: each call sets it for itself, and in a transaction puts it
 * back. (A transaction that Kysely does not know, begun as plain SQL, keeps Message DB's schema first
 * until it ends.)
 *
 * @example
 * ```ts
 * import { createMessageStore } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const store = createMessageStore(db)
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * console.log(await store.getStreamMessages('airport-SEA'))
 * ```
 */
export function createMessageStore<DB>(
  db: Kysely<DB>,
  options: MessageStoreOptions = {},
): MessageStore<DB> {
  const { schema = DEFAULT_SCHEMA, json = plainJson } = options
  return bindMessageStore(db, { schema, json, templates: new StatementTemplates() })
}

function bindMessageStore<DB>(db: Kysely<DB>, bound: SessionOptions): MessageStore<DB> {
  const { schema, json } = bound
  const session = createSession(db, bound)
  const { target, run, readValue } = session

  const readRows: MessageReader['readRows'] = async (messages, callOptions, context) =>
    run(selectMessages(messages, callOptions), callOptions, context)
  const decode: MessageReader['decode'] = (row) => toMessage(row, json)
  // Kysely knows databases that are in this process by their one connection.
  const isRemote = db.getExecutor().adapter.supportsMultipleConnections !== false
  const reader = { target, isTransaction: db.isTransaction, isRemote, readRows, decode }

  async function readMessages<M extends Message>(
    messages: RawBuilder<MessageRow>,
    callOptions: RowsOptions & PageCallOptions,
    context: CallContext,
    positionIn = globalPositionOf,
  ): Promise<M[]> {
    const rows = await readRows(messages, callOptions, context)
    if (callOptions.onRows !== undefined) {
      callOptions.onRows(toPageRows(rows, positionIn))
      // What is asked for there goes out in a later turn than this one, which decoding would hold up.
      if (isRemote) await setImmediate()
    }
    // What the data of its messages is, the caller knows.
    return rows.map(decode) as M[]
  }

  return {
    db,
    schema,
    json,

    using: (other) => bindMessageStore(other, bound),

    async writeMessage(streamName, message, writeOptions = {}) {
      return writeOne(session, streamName, message, writeOptions)
    },

    async writeMessages(streamName, messages, writeOptions = {}) {
      return writeStreamBatch(session, streamName, messages, writeOptions)
    },

    async writeToStreams(messages, callOptions = {}) {
      return writeEntries(session, messages, callOptions)
    },

    async getStreamMessages(streamName, readOptions = {}) {
      const messages = getStreamMessages(streamName, { ...readOptions, ...target })
      const isFixed = callsFunction(readOptions)
      const context = { streamName, ...readOptions, namesSchema: !isFixed }
      return readMessages(messages, { ...readOptions, isFixed }, context, positionOf)
    },

    async getCategoryMessages(category, readOptions = {}) {
      const messages = getCategoryMessages(category, { ...readOptions, ...target })
      const isFixed = callsFunction(readOptions)
      const context = { ...readOptions, namesSchema: !isFixed }
      return readMessages(messages, { ...readOptions, isFixed }, context)
    },

    async getMessages(rows, callOptions = {}) {
      return readMessages(rows, { signal: callOptions.signal }, { namesSchema: true })
    },

    readStream: (streamName, readOptions = {}) => readStream(reader, streamName, readOptions),

    readCategory: (category, readOptions = {}) => readCategory(reader, category, readOptions),

    async getLastStreamMessage<M extends Message>(
      streamName: string,
      lastOptions: LastMessageOptions = {},
    ) {
      const { type } = lastOptions
      const [last] = await readMessages<M>(
        getLastStreamMessage(streamName, { type, ...target }),
        { ...lastOptions, isFixed: true },
        { streamName },
      )
      return last
    },

    async streamVersion(streamName, callOptions = {}) {
      const version = await readValue(streamVersion(streamName, target), callOptions, {
        streamName,
      })
      return version === null ? undefined : toBigInt(version)
    },

    async messageStoreVersion(callOptions = {}) {
      return (await readValue(messageStoreVersion({ schema }), callOptions)) as string
    },

    async acquireLock(streamName, callOptions = {}) {
      const key = await readValue(acquireLock(streamName, target), callOptions, { streamName })
      return toBigInt(key as string)
    },

    async acquireLocks(names, callOptions = {}) {
      const keys = await readValue(acquireLocks(names, target), callOptions)
      return (keys?.match(/-?\d+/g) ?? []).map(toBigInt)
    },
  }
}

function toPageRows(rows: readonly Row[], positionIn: (row: Row) => bigint): PageRows {
  const last = rows.at(-1)
  return { count: rows.length, lastPosition: last && positionIn(last) }
}
