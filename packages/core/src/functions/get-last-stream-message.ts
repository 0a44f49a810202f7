import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument } from '../argument.ts'
import { messageColumns, type MessageRow } from '../message-row.ts'
import type { FunctionOptions } from '../read-options.ts'
import { callRows, functionName } from '../search-path.ts'
import { checkStreamName, checkType } from '../validate-message.ts'

/** What `getLastStreamMessage` takes besides the stream name. */
export interface LastStreamMessageOptions {
  /** Only messages of this type. Default is any. */
  readonly type?: Argument<string> | undefined
}

/**
 * The last message of a stream, as a table of one row or none.
 *
 * @example
 * ```ts
 * import { getLastStreamMessage } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 *
 * const rows = await db
 *   .selectFrom('message_store.stream_summary as stream')
 *   .innerJoinLateral(
 *     ({ ref }) => getLastStreamMessage(ref('stream.stream_name')).as('last'),
 *     (join) => join.onTrue(),
 *   )
 *   .select(['stream.stream_name', 'stream.message_count', 'last.type'])
 *   .execute()
 * console.log(rows)
 * ```
 *
 * @returns a row as the driver gives it: see {@link MessageRow}.
 * @throws {InvalidStreamNameError} {@link InvalidMessageError} before anything is sent.
 *
 * Stands on `get_last_stream_message`.
 */
export function getLastStreamMessage(
  streamName: Argument<string>,
  options: LastStreamMessageOptions & FunctionOptions = {},
): RawBuilder<MessageRow> {
  const { type } = options
  checkArgument(streamName, checkStreamName)
  if (type !== undefined) checkArgument(type, checkType)

  return callRows(
    messageColumns,
    (afterPath) => sql`${functionName(options, 'get_last_stream_message')}(
      stream_name => ${afterPath(streamName)}, type => ${type ?? null}::varchar)`,
    options,
  )
}
