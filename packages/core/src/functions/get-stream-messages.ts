import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument, type Expressible } from '../argument.ts'
import { compileCondition } from '../condition.ts'
import { queryStreamMessages } from '../message-query.ts'
import { messageColumns, type MessageRow } from '../message-row.ts'
import type { FunctionOptions, StreamReadOptions } from '../read-options.ts'
import { callRows, functionName } from '../search-path.ts'
import { checkPosition, checkStreamToRead, toServerBatchSize } from '../validate-read.ts'

const FIRST_POSITION = 0n
const DEFAULT_BATCH_SIZE = 1000

/**
 * The messages of a stream, in order, as a table for your own query.
 *
 * @example
 * ```ts
 * import { getStreamMessages } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 *
 * const rows = await db
 *   .selectFrom(getStreamMessages('airport-SEA', { position: 0n }).as('message'))
 *   .select(['message.type', 'message.data'])
 *   .execute()
 * console.log(rows)
 * ```
 *
 * @returns rows as the driver gives them: see {@link MessageRow}.
 * @throws {NotAStreamNameError} {@link InvalidStreamNameError} {@link InvalidPositionError}
 *   {@link InvalidBatchSizeError} {@link InvalidConditionError} before anything is sent.
 *
 * Stands on `get_stream_messages`.
 */
export function getStreamMessages(
  streamName: Argument<string>,
  options: Expressible<StreamReadOptions, 'position'> & FunctionOptions = {},
): RawBuilder<MessageRow> {
  const { position = FIRST_POSITION, batchSize = DEFAULT_BATCH_SIZE, condition } = options
  checkArgument(streamName, checkStreamToRead)
  checkArgument(position, checkPosition)
  const limit = toServerBatchSize(batchSize)
  const where = condition === undefined ? null : compileCondition(condition, options.json)
  if (condition !== undefined && options.activateCondition === true) {
    const { schema, json } = options
    const query = { direction: 'forward', position, limit, schema, json } as const
    return queryStreamMessages(streamName, { ...query, condition, activateCondition: true })
  }

  return callRows(
    messageColumns,
    (afterPath) => sql`${functionName(options, 'get_stream_messages')}(
      stream_name => ${afterPath(streamName)}, "position" => ${position}::bigint,
      batch_size => ${limit}::bigint, condition => ${where}::varchar)`,
    options,
  )
}
