import * as core from '@mdb/core'
import * as migration from '@mdb/core/migration'

type Sample = (options: ErrorOptions) => core.MessageStoreError

const message = {
  id: '0b4d1a0c-5c0e-4b7c-8d6c-0f6a3b0c9a11',
  streamName: 'airport-SEA',
  type: 'Departed',
  position: 0n,
  globalPosition: 1n,
}
const { id, streamName, type } = message
const versions = { streamName, expectedVersion: 4n, actualVersion: 5n } as const

/** One error of each class, with the cause that it is given. */
export const errorSamples: Record<string, Sample> = {
  WrongExpectedVersionError: (o) => new core.WrongExpectedVersionError(versions, o),
  DuplicateMessageIdError: (o) => new core.DuplicateMessageIdError(id, o),
  MessageIdConflictError: (o) => new core.MessageIdConflictError(id, ['data'], o),
  BatchPartlyWrittenError: (o) => new core.BatchPartlyWrittenError([0], [1], o),
  WriteOutcomeUnknownError: (o) => new core.WriteOutcomeUnknownError(streamName, [id], o),
  WriteQueueFullError: (o) => new core.WriteQueueFullError(8, o),
  GroupWriterClosedError: (o) => new core.GroupWriterClosedError(o),
  InvalidStreamNameError: (o) => new core.InvalidStreamNameError('', 'is empty.', o),
  InvalidMessageError: (o) => new core.InvalidMessageError('type', 'is empty.', o),
  InvalidMessageIdError: (o) => new core.InvalidMessageIdError('x', o),
  InvalidMetadataError: (o) =>
    new core.InvalidMetadataError({ path: 'metadata', value: 1, expected: 'an object' }, o),
  NoReplyStreamError: (o) => new core.NoReplyStreamError(streamName, 0n, o),
  InvalidExpectedVersionError: (o) => new core.InvalidExpectedVersionError(4, o),
  InvalidCategoryError: (o) => new core.InvalidCategoryError('airport', type, 'is wrong.', o),
  MessageRejectedError: (o) =>
    new core.MessageRejectedError({ problem: 'schema failed', streamName, type, issues: [] }, o),
  UnreadableMessageError: (o) =>
    new core.UnreadableMessageError({ message, problem: 'upcast failed', issues: [] }, o),
  NotAStreamNameError: (o) => new core.NotAStreamNameError('airport', o),
  NotACategoryError: (o) => new core.NotACategoryError(streamName, o),
  CorrelationNotACategoryError: (o) => new core.CorrelationNotACategoryError(streamName, o),
  InvalidConsumerGroupError: (o) => new core.InvalidConsumerGroupError('incomplete', {}, o),
  InvalidBatchSizeError: (o) => new core.InvalidBatchSizeError(0, o),
  InvalidPositionError: (o) => new core.InvalidPositionError(4, o),
  InvalidDirectionError: (o) => new core.InvalidDirectionError('up', o),
  InvalidLimitError: (o) => new core.InvalidLimitError(0, o),
  InvalidOptionError: (o) => new core.InvalidOptionError('maxQueue', 0, '1 or more', o),
  InvalidConditionError: (o) => new core.InvalidConditionError('it is empty.', undefined, o),
  ConditionsNotActivatedError: (o) => new core.ConditionsNotActivatedError(o),
  MessageStoreNotInstalledError: (o) => new core.MessageStoreNotInstalledError('events', o),
  MessageStoreIncompleteError: (o) => new migration.MessageStoreIncompleteError(['messages'], o),
  MessageStorePermissionError: (o) =>
    new core.MessageStorePermissionError({ schema: 'events', serverMessage: 'denied' }, o),
  InstallationPermissionError: (o) =>
    new migration.InstallationPermissionError({ role: 'app', problem: 'x', command: 'y' }, o),
  UnknownMessageStoreVersionError: (o) =>
    new migration.UnknownMessageStoreVersionError('9.0.0', '1.3.0', o),
  MessageStoreNotEmptyError: (o) => new migration.MessageStoreNotEmptyError(o),
  ConcurrentlyInTransactionError: (o) => new migration.ConcurrentlyInTransactionError('x', o),
  DuplicateMigrationError: (o) => new migration.DuplicateMigrationError('0001', o),
}
