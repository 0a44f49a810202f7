import { setImmediate } from 'node:timers/promises'
import { InvalidMessageError } from '../errors.ts'
import type { JsonOptions } from '../read-options.ts'
import { at, type BatchMessage, toBatchMessage } from '../writing/batch.ts'
import type { ImportedMessage } from './imported-message.ts'

/** A message that is checked, and ready to be sent. */
export interface ImportItem extends BatchMessage {
  /** Which message of the source it is, from 0. */
  readonly index: number
  readonly time: Date | undefined
}

export interface ImportBatchOptions extends JsonOptions {
  readonly batchSize: number
}

/**
 * After how many messages the answers of the server are heard. Without, a source that never waits
 * would be read to the batch's end first, and the server stand still meanwhile.
 */
const SLICE = 50

/** PostgreSQL's `timestamp` begins with the Julian day 0. Its end is beyond a Date's. */
const FIRST_TIME = new Date('-004713-11-24T00:00:00.000Z')

/**
 * Cuts a source into batches. None holds an id twice: the second time it begins another batch, which
 * finds the first in the store.
 */
export async function* importBatches(
  source: AsyncIterable<ImportedMessage> | Iterable<ImportedMessage>,
  options: ImportBatchOptions,
): AsyncGenerator<ImportItem[], void> {
  let batch: ImportItem[] = []
  let ids = new Set<string>()
  let index = 0
  for await (const message of source) {
    const item = at(index, () => toItem(message, index, options))
    if (batch.length === options.batchSize || ids.has(item.id)) {
      yield batch
      batch = []
      ids = new Set()
    }
    batch.push(item)
    if (batch.length % SLICE === 0) await setImmediate()
    ids.add(item.id)
    index += 1
  }
  if (batch.length > 0) yield batch
}

function toItem(message: ImportedMessage, index: number, { json }: JsonOptions): ImportItem {
  const { streamName, time } = message
  if (time !== undefined && !(time instanceof Date && Number.isFinite(time.getTime()))) {
    throw new InvalidMessageError('time', 'is not a valid Date.')
  }
  if (time !== undefined && time < FIRST_TIME) {
    throw new InvalidMessageError(
      'time',
      `is ${time.toISOString()}, before PostgreSQL's time begins at ${FIRST_TIME.toISOString()}.`,
    )
  }
  return { ...toBatchMessage({ streamName, message }, { idempotent: true, json }), index, time }
}
