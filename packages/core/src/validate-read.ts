import {
  CorrelationNotACategoryError,
  InvalidBatchSizeError,
  InvalidConsumerGroupError,
  InvalidDirectionError,
  InvalidLimitError,
  InvalidPositionError,
  NotACategoryError,
  NotAStreamNameError,
} from './errors.ts'
import type { BatchSize, ConsumerGroup } from './read-options.ts'
import { isCategory } from './stream-name.ts'
import { checkStreamName } from './validate-message.ts'

const INT8_MAX = 2n ** 63n - 1n
// The server casts the size to smallint.
const MAX_GROUP_SIZE = 32_767
const NO_LIMIT = -1

/** @throws {InvalidStreamNameError} @throws {NotAStreamNameError} */
export function checkStreamToRead(streamName: string): void {
  checkStreamName(streamName)
  if (isCategory(streamName)) throw new NotAStreamNameError(streamName)
}

/** @throws {InvalidStreamNameError} @throws {NotACategoryError} */
export function checkCategory(category: string): void {
  checkStreamName(category)
  if (!isCategory(category)) throw new NotACategoryError(category)
}

/** @throws {InvalidStreamNameError} @throws {CorrelationNotACategoryError} */
export function checkCorrelation(correlation: string): void {
  checkStreamName(correlation)
  if (!isCategory(correlation)) throw new CorrelationNotACategoryError(correlation)
}

/** @throws {InvalidPositionError} */
export function checkPosition(position: unknown): void {
  if (typeof position !== 'bigint' || position < 0n || position > INT8_MAX) {
    throw new InvalidPositionError(position)
  }
}

/**
 * Makes what the functions take of a batch size, where -1 means no limit.
 *
 * @throws {InvalidBatchSizeError}
 */
export function toServerBatchSize(batchSize: BatchSize): number {
  if (batchSize === 'unlimited') return NO_LIMIT
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) throw new InvalidBatchSizeError(batchSize)
  return batchSize
}

/** @throws {InvalidLimitError} */
export function checkLimit(limit: unknown): void {
  if (!Number.isSafeInteger(limit) || (limit as number) < 1) throw new InvalidLimitError(limit)
}

/** @throws {InvalidDirectionError} */
export function checkDirection(direction: unknown): void {
  if (direction !== 'forward' && direction !== 'backward') {
    throw new InvalidDirectionError(direction)
  }
}

/** @throws {InvalidConsumerGroupError} */
export function checkConsumerGroup(group: ConsumerGroup): void {
  const { member, size } = group
  // Callers without types leave one out.
  if ((member as unknown) === undefined || (size as unknown) === undefined) {
    throw new InvalidConsumerGroupError('incomplete', group)
  }
  if (!Number.isInteger(member) || !Number.isInteger(size)) {
    throw new InvalidConsumerGroupError('not integers', group)
  }
  if (size < 1) throw new InvalidConsumerGroupError('size too small', group)
  if (size > MAX_GROUP_SIZE) throw new InvalidConsumerGroupError('size too large', group)
  if (member < 0) throw new InvalidConsumerGroupError('negative member', group)
  if (member >= size) throw new InvalidConsumerGroupError('member not below size', group)
}
