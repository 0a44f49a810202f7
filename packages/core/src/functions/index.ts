export type { Argument } from '../argument.ts'
export type { MessageRow } from '../message-row.ts'
export type {
  BatchSize,
  CategoryReadOptions,
  ConsumerGroup,
  FunctionOptions,
  SchemaOptions,
  StreamReadOptions,
} from '../read-options.ts'
export { acquireLock } from './acquire-lock.ts'
export { acquireLocks } from './acquire-locks.ts'
export { cardinalId } from './cardinal-id.ts'
export { category } from './category.ts'
export { getCategoryMessages } from './get-category-messages.ts'
export { getLastStreamMessage, type LastStreamMessageOptions } from './get-last-stream-message.ts'
export { getStreamMessages } from './get-stream-messages.ts'
export { hash64 } from './hash-64.ts'
export { id } from './id.ts'
export { isCategory } from './is-category.ts'
export { messageStoreVersion } from './message-store-version.ts'
export { streamVersion } from './stream-version.ts'
export { writeMessage, type WriteMessageOptions } from './write-message.ts'
export { writeMessages, type WrittenRow } from './write-messages.ts'
