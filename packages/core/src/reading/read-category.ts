import type { RawBuilder } from 'kysely'
import { getCategoryMessages } from '../functions/get-category-messages.ts'
import { callsFunction } from '../read-options.ts'
import { queryCategoryMessages } from '../message-query.ts'
import { globalPositionOf, type MessageRow } from '../message-row.ts'
import type { Message } from '../message.ts'
import {
  checkCategory,
  checkConsumerGroup,
  checkCorrelation,
  toServerBatchSize,
} from '../validate-read.ts'
import { type MessageIterable, messageIterable, toBatchSize } from './message-iterable.ts'
import type { MessageReader } from './message-reader.ts'
import type { PageRequest } from './page-request.ts'
import type { ReadCategoryOptions } from './reading-options.ts'

/** Reads a category page by page, in either direction. */
export function readCategory<M extends Message>(
  { target, isTransaction, isRemote, readRows, decode }: MessageReader,
  category: string,
  options: ReadCategoryOptions,
): MessageIterable<M> {
  const { consumerGroup, correlation, direction = 'forward', signal } = options
  const { condition, activateCondition } = options
  checkCategory(category)
  if (correlation !== undefined) checkCorrelation(correlation)
  if (consumerGroup !== undefined) checkConsumerGroup(consumerGroup)

  const isFixed = direction === 'forward' && callsFunction(options)
  const page = (request: PageRequest): RawBuilder<MessageRow> => {
    const { position, until } = request
    const batchSize = toBatchSize(request)
    if (direction === 'forward') {
      return getCategoryMessages(category, { ...options, ...target, position, batchSize })
    }
    const limit = toServerBatchSize(batchSize)
    const filter = { condition, activateCondition, consumerGroup, correlation }
    const query = { direction, position, until, limit, ...filter }
    return queryCategoryMessages(category, { ...target, ...query })
  }
  return messageIterable({
    options,
    isTransaction,
    isRemote,
    page,
    fetch: async (request) =>
      readRows(page(request), { signal, isFixed }, { ...options, namesSchema: !isFixed }),
    positionOf: globalPositionOf,
    // What the data of its messages is, the caller knows.
    decode: (row) => decode(row) as M,
  })
}
