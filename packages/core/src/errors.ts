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
  type MessageIssue,
  UnreadableMessageError,
  type UnreadableProblem,
} from './errors/unreadable-message-error.ts'
export {
  DuplicateMessageIdError,
  InvalidExpectedVersionError,
  InvalidMessageError,
  InvalidMessageIdError,
  InvalidStreamNameError,
  WrongExpectedVersionError,
} from './errors/write-errors.ts'
