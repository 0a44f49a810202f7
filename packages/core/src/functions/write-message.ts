import { type RawBuilder, sql } from 'kysely'
import { type ExpectedVersion, toServerVersion } from '../expected-version.ts'
import type { Int8 } from '../int8.ts'
import { toJson } from '../json.ts'
import type { NewMessage } from '../message.ts'
import type { FunctionOptions } from '../read-options.ts'
import { type CallTarget, callValue, functionName } from '../search-path.ts'
import { checkNewMessage, checkStreamName } from '../validate-message.ts'

/** What `writeMessage` takes besides the stream name and the message. */
export interface WriteMessageOptions {
  /** The version that the stream must be at. Default is `'any'`: no check. */
  readonly expectedVersion?: ExpectedVersion | undefined
}

/**
 * Writes a message when the query runs. The expression's value is the message's position in its
 * stream.
 *
 * @example
 * ```ts
 * import { writeMessage } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 *
 * const { position } = await db
 *   .selectNoFrom(
 *     writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } }).as('position'),
 *   )
 *   .executeTakeFirstOrThrow()
 * console.log(position)
 * ```
 *
 * @returns a `bigint` of PostgreSQL, as the driver gives it: see {@link Int8}.
 * @throws {InvalidStreamNameError} {@link InvalidMessageError} {@link InvalidMessageIdError}
 *   {@link InvalidExpectedVersionError} before anything is sent.
 *
 * Stands on `write_message`.
 */
export function writeMessage(
  streamName: string,
  message: NewMessage,
  options: WriteMessageOptions & FunctionOptions = {},
): RawBuilder<Int8> {
  return callWriteMessage(writeValues(streamName, message, options), options)
}

/** What `write_message` takes, checked and made ready to be sent. */
export function writeValues(
  streamName: string,
  message: NewMessage,
  { expectedVersion = 'any', json }: WriteMessageOptions & FunctionOptions,
): WriteValues {
  checkStreamName(streamName)
  checkNewMessage(message)
  return {
    id: message.id ?? crypto.randomUUID(),
    streamName,
    type: message.type,
    data: toJson(message.data, 'data', json),
    metadata: toJson(message.metadata, 'metadata', json),
    version: toServerVersion(expectedVersion),
  }
}

export interface WriteValues {
  readonly id: string
  readonly streamName: string
  readonly type: string
  /** JSON text, or SQL NULL. */
  readonly data: string | null
  readonly metadata: string | null
  readonly version: bigint | null
}

/** The call, of whatever stands for its values. */
export function callWriteMessage(
  { id, streamName, type, data, metadata, version }: Readonly<Record<keyof WriteValues, unknown>>,
  options: CallTarget,
): RawBuilder<Int8> {
  return callValue(
    (afterPath) => sql`${functionName(options, 'write_message')}(
      id => ${id}::varchar, stream_name => ${afterPath(streamName)},
      "type" => ${type}::varchar, data => ${data}::text::jsonb,
      metadata => ${metadata}::text::jsonb,
      expected_version => ${version}::bigint)`,
    options,
  )
}
