export {
  MessageStoreIncompleteError,
  MessageStoreNotInstalledError,
  MessageStorePermissionError,
} from '../errors.ts'
export {
  DuplicateMigrationError,
  InstallationPermissionError,
  MessageStoreNotEmptyError,
  UnknownMessageStoreVersionError,
} from '../errors/migration-errors.ts'
export { type Installation, installMessageStore } from './install-message-store.ts'
export { installedVersion } from './installed-version.ts'
export { mergeMigrations } from './merge-migrations.ts'
export {
  messageStoreMigration,
  messageStoreMigrations,
  type MessageStoreMigrationsOptions,
} from './message-store-migrations.ts'
export type { RoleOutcome } from './role.ts'
export { type Upgrade, upgradeMessageStore } from './upgrade-message-store.ts'
