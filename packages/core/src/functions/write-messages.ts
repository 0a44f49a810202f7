import { type RawBuilder, sql } from 'kysely'
import { toServerVersion } from '../expected-version.ts'
import type { Int8 } from '../int8.ts'
import type { NewMessage } from '../message.ts'
import type { FunctionOptions } from '../read-options.ts'
import { checkStreamName } from '../validate-message.ts'
import { toBatch } from '../writing/batch.ts'
import { writeToStream } from '../writing/write-steps.ts'
import type { WriteMessageOptions } from './write-message.ts'

/** A message that was written, as a row: `bigint` as the driver gives it. */
export interface WrittenRow {
  /** The message's uuid, in lower case. */
  id: string
  /** The place in the stream. */
  position: Int8
}

/**
 * Writes messages at the end of a stream when the query runs: a table of where they went, in their
 * order, for your own query.
 *
 * @example
 * ```ts
 * import { writeMessages } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 *
 * const messages = [
 *   { type: 'FlightDeparted', data: { delay: 12 } },
 *   { type: 'FlightArrived', data: { delay: 9 } },
 * ]
 * const written = await db
 *   .selectFrom(writeMessages('airport-SEA', messages, { expectedVersion: 'no-stream' }).as('written'))
 *   .select(['written.id', 'written.position'])
 *   .execute()
 * console.log(written)
 * ```
 *
 * @returns rows as the driver gives them: see {@link WrittenRow}.
 * @throws {InvalidStreamNameError} {@link InvalidMessageError} {@link InvalidMessageIdError}
 *   {@link DuplicateMessageIdError} {@link InvalidExpectedVersionError} before anything is sent.
 *
 * Stands on `write_message`, called for each message in one statement.
 */
export function writeMessages(
  streamName: string,
  messages: readonly NewMessage[],
  options: WriteMessageOptions & FunctionOptions = {},
): RawBuilder<WrittenRow> {
  const { expectedVersion = 'any' } = options
  checkStreamName(streamName)
  toServerVersion(expectedVersion)
  const batch = toBatch(
    messages.map((message) => ({ streamName, message })),
    { json: options.json },
  )
  const ids = `{${batch.map(({ id }) => id).join(',')}}`
  const positions = writeToStream(streamName, batch, expectedVersion, options)
  return sql<WrittenRow>`(select mdb_written.id, mdb_written."position"
    from unnest(${ids}::text::varchar[], ${positions}) as mdb_written (id, "position"))`
}
