export { MissingPeerError, ServerStartError, ServerStoppedError } from './errors.ts'
export type { Backend, ConnectOptions, TestDatabase, TestServer } from './test-database.ts'
