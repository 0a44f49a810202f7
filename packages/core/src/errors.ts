export {
  BatchPartlyWrittenError,
  type MessageDifference,
  MessageIdConflictError,
} from './errors/idempotency-errors.ts'
export {
  GroupWriterClosedError,
  InvalidOptionError,
  WriteOutcomeUnknownError,
  WriteQueueFullError,
} from './errors/group-errors.ts'
export {
  MessageStoreIncompleteError,
  MessageStoreNotInstalledError,
  MessageStorePermissionError,
} from './errors/installation-errors.ts'
export { MessageStoreError } from './errors/message-store-error.ts'
export { InvalidMetadataError, NoReplyStreamError } from './errors/metadata-errors.ts'
export {
  ConditionsNotActivatedError,
  type ConsumerGroupProblem,
  CorrelationNotACategoryError,
  InvalidBatchSizeError,
  InvalidConditionError,
  InvalidConsumerGroupError,
  InvalidDirectionError,
  InvalidLimitError,
  InvalidPositionError,
  NotACategoryError,
  NotAStreamNameError,
} from './errors/read-errors.ts'
export {
  UnreadableMessageError,
  type UnreadableProblem,
} from './errors/unreadable-message-error.ts'
export {
  InvalidCategoryError,
  MessageRejectedError,
  type RejectionProblem,
} from './errors/category-errors.ts'
export type { MessageIssue } from './errors/message-issue.ts'
export {
  DuplicateMessageIdError,
  InvalidExpectedVersionError,
  InvalidMessageError,
  InvalidMessageIdError,
  InvalidStreamNameError,
  WrongExpectedVersionError,
} from './errors/write-errors.ts'
