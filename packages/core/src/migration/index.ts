export { MessageStoreIncompleteError } from '../errors.ts'
export { type Installation, installMessageStore } from './install-message-store.ts'
export { installedVersion } from './installed-version.ts'
export type { RoleOutcome } from './role.ts'
