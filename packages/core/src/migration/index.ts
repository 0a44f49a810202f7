export {
  MessageStoreIncompleteError,
  MessageStoreNotInstalledError,
  MessageStorePermissionError,
} from '../errors.ts'
export {
  ConcurrentlyInTransactionError,
  DuplicateMigrationError,
  InstallationPermissionError,
  MessageStoreNotEmptyError,
  UnknownMessageStoreVersionError,
} from '../errors/migration-errors.ts'
export type { ConsumerGroupIndexOptions } from './consumer-group-index.ts'
export {
  createConsumerGroupIndex,
  type CreatedConsumerGroupIndex,
} from './create-consumer-group-index.ts'
export { dropConsumerGroupIndex } from './drop-consumer-group-index.ts'
export { type ConsumerGroupIndex, findConsumerGroupIndexes } from './find-consumer-group-indexes.ts'
export { type Installation, installMessageStore } from './install-message-store.ts'
export { installedVersion } from './installed-version.ts'
export { mergeMigrations } from './merge-migrations.ts'
export {
  consumerGroupIndexMigration,
  messageStoreMigration,
  messageStoreMigrations,
  type MessageStoreMigrationsOptions,
} from './message-store-migrations.ts'
export type { RoleOutcome } from './role.ts'
export { type Upgrade, upgradeMessageStore } from './upgrade-message-store.ts'
export { verify, type Verification } from './verify.ts'
export type { Finding, FindingCode } from './verification/finding.ts'
