import type { RawBuilder } from 'kysely'
import { getStreamMessages } from '../functions/get-stream-messages.ts'
import { callsFunction } from '../read-options.ts'
import { queryStreamMessages } from '../message-query.ts'
import { positionOf, type MessageRow } from '../message-row.ts'
import type { Message } from '../message.ts'
import { checkStreamToRead, toServerBatchSize } from '../validate-read.ts'
import { type MessageIterable, messageIterable, toBatchSize } from './message-iterable.ts'
import type { MessageReader } from './message-reader.ts'
import type { PageRequest } from './page-request.ts'
import type { ReadStreamOptions } from './reading-options.ts'

/** Reads a stream page by page, in either direction. */
export function readStream<M extends Message>(
  { target, isTransaction, isRemote, readRows, decode }: MessageReader,
  streamName: string,
  options: ReadStreamOptions,
): MessageIterable<M> {
  const { condition, activateCondition, direction = 'forward', signal } = options
  checkStreamToRead(streamName)

  const isFixed = direction === 'forward' && callsFunction(options)
  const page = (request: PageRequest): RawBuilder<MessageRow> => {
    const { position, until } = request
    const batchSize = toBatchSize(request)
    if (direction === 'forward') {
      return getStreamMessages(streamName, { ...options, ...target, position, batchSize })
    }
    const limit = toServerBatchSize(batchSize)
    const query = { direction, position, until, limit, condition, activateCondition }
    return queryStreamMessages(streamName, { ...target, ...query })
  }
  return messageIterable({
    options,
    isTransaction,
    isRemote,
    page,
    fetch: async (request) =>
      readRows(
        page(request),
        { signal, isFixed },
        { ...options, streamName, namesSchema: !isFixed },
      ),
    positionOf,
    // What the data of its messages is, the caller knows.
    decode: (row) => decode(row) as M,
  })
}
