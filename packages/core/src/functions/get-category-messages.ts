import { type RawBuilder, sql } from 'kysely'
import { type Argument, checkArgument, type Expressible } from '../argument.ts'
import { compileCondition } from '../condition.ts'
import { queryCategoryMessages } from '../message-query.ts'
import { messageColumns, type MessageRow } from '../message-row.ts'
import type { CategoryReadOptions, FunctionOptions } from '../read-options.ts'
import { callRows, functionName } from '../search-path.ts'
import {
  checkCategory,
  checkConsumerGroup,
  checkCorrelation,
  checkPosition,
  toServerBatchSize,
} from '../validate-read.ts'

const FIRST_POSITION = 1n
const DEFAULT_BATCH_SIZE = 1000

/**
 * The messages of a category, in the order of their global positions, as a table for your own
 * query.
 *
 * @example
 * ```ts
 * import { getCategoryMessages } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store } = await server.createDatabase()
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 *
 * const rows = await db
 *   .selectFrom(getCategoryMessages('airport', { batchSize: 100 }).as('message'))
 *   .select(({ fn }) => ['message.stream_name', fn.countAll().as('departures')])
 *   .groupBy('message.stream_name')
 *   .execute()
 * console.log(rows)
 * ```
 *
 * @returns rows as the driver gives them: see {@link MessageRow}.
 * @throws {NotACategoryError} {@link InvalidStreamNameError} {@link InvalidPositionError}
 *   {@link InvalidBatchSizeError} {@link InvalidConsumerGroupError}
 *   {@link CorrelationNotACategoryError} {@link InvalidConditionError} before anything is sent.
 *
 * Stands on `get_category_messages`.
 */
export function getCategoryMessages(
  category: Argument<string>,
  options: Expressible<CategoryReadOptions, 'position' | 'correlation'> & FunctionOptions = {},
): RawBuilder<MessageRow> {
  const { position = FIRST_POSITION, batchSize = DEFAULT_BATCH_SIZE } = options
  const { correlation, consumerGroup, condition } = options
  checkArgument(category, checkCategory)
  checkArgument(position, checkPosition)
  if (correlation !== undefined) checkArgument(correlation, checkCorrelation)
  if (consumerGroup !== undefined) checkConsumerGroup(consumerGroup)
  const limit = toServerBatchSize(batchSize)
  const where = condition === undefined ? null : compileCondition(condition, options.json)
  if (condition !== undefined && options.activateCondition === true) {
    return queryCategoryMessages(category, { ...options, direction: 'forward', position, limit })
  }

  return callRows(
    messageColumns,
    (afterPath) => sql`${functionName(options, 'get_category_messages')}(
      category => ${afterPath(category)}, "position" => ${position}::bigint,
      batch_size => ${limit}::bigint, correlation => ${correlation ?? null}::varchar,
      consumer_group_member => ${consumerGroup?.member ?? null}::bigint,
      consumer_group_size => ${consumerGroup?.size ?? null}::bigint,
      condition => ${where}::varchar)`,
    options,
  )
}
