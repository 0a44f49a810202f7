export { bigintJson } from './bigint-json.ts'
export type { Condition, ConditionColumns } from './condition.ts'
export type {
  CategoryTypeSummaryView,
  MessagesTable,
  MessageStoreDatabase,
  StreamSummaryView,
  StreamTypeSummaryView,
  TypeSummaryView,
} from './database.ts'
export {
  BatchPartlyWrittenError,
  ConditionsNotActivatedError,
  type ConsumerGroupProblem,
  CorrelationNotACategoryError,
  DuplicateMessageIdError,
  GroupWriterClosedError,
  InvalidBatchSizeError,
  InvalidCategoryError,
  InvalidConditionError,
  InvalidConsumerGroupError,
  InvalidDirectionError,
  InvalidExpectedVersionError,
  InvalidMessageError,
  InvalidMessageIdError,
  InvalidMetadataError,
  InvalidLimitError,
  InvalidOptionError,
  InvalidPositionError,
  InvalidStreamNameError,
  type MessageIssue,
  type MessageDifference,
  MessageIdConflictError,
  MessageRejectedError,
  MessageStoreError,
  MessageStoreIncompleteError,
  MessageStoreNotInstalledError,
  MessageStorePermissionError,
  NoReplyStreamError,
  NotACategoryError,
  NotAStreamNameError,
  type RejectionProblem,
  UnreadableMessageError,
  type UnreadableProblem,
  WriteOutcomeUnknownError,
  WriteQueueFullError,
  WrongExpectedVersionError,
} from './errors.ts'
export type { ExpectedVersion } from './expected-version.ts'
export { follow, type Followable, type FollowingMessage, type Reply, reply } from './follow.ts'
export { correlated, follows } from './follows.ts'
export {
  createGroupWriter,
  type GroupWriter,
  type GroupWriterOptions,
} from './group-writer/group-writer.ts'
export { hash64 } from './hash-64.ts'
export type { ImportedMessage, ImportProgress } from './import/imported-message.ts'
export { importMessages, type ImportOptions } from './import/import-messages.ts'
export { type Int8, toBigInt } from './int8.ts'
export { isTransient } from './is-transient.ts'
export { type JsonCodec, plainJson } from './json-codec.ts'
export { type Metadata, metadataOf, type WithMetadata, writtenMetadata } from './metadata.ts'
export type { Message, NewMessage, StreamMessage, WriteResult } from './message.ts'
export type { MessageRow } from './message-row.ts'
export {
  type CallOptions,
  type PageCallOptions,
  type PageRows,
  createMessageStore,
  type LastMessageOptions,
  type MessageStore,
  type MessageStoreOptions,
  type RepeatableWriteOptions,
  type WriteOptions,
} from './message-store.ts'
export type {
  BatchSize,
  CategoryReadOptions,
  ConsumerGroup,
  SchemaOptions,
  StreamReadOptions,
} from './read-options.ts'
export { project, type ProjectOptions } from './projection/project.ts'
export type { Projected, Projection, SnapshotOptions } from './projection/projection.ts'
export type { MessageIterable } from './reading/message-iterable.ts'
export type { Direction } from './reading/page-request.ts'
export type {
  ReadCategoryOptions,
  ReadingOptions,
  ReadStreamOptions,
} from './reading/reading-options.ts'
export { type Build, type Buildable, StatementTemplates } from './statement-template.ts'
export { cardinalId, category, id, isCategory, streamName } from './stream-name.ts'
export { type CallContext, translateError } from './translate-error.ts'
export {
  type Category,
  type CategoryStore,
  type LastTypedMessageOptions,
  type MessageOf,
  type NewMessageOf,
  type StreamId,
  type TypedMessage,
} from './typed-category/category.ts'
export {
  type CategoryOptions,
  defineCategory,
  type MetadataObject,
} from './typed-category/define-category.ts'
export type {
  TypeDefinition,
  UnknownTypePolicy,
  Upcaster,
  VersionedType,
} from './typed-category/definition.ts'
export type {
  InferredMessages,
  TypeDefinitions,
  UnknownMessage,
  WithUpcasts,
} from './typed-category/inference.ts'
