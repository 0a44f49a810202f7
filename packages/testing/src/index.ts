export { beginTransaction, type TestTransaction } from './begin-transaction.ts'
export {
  ContainerError,
  InvalidSettingError,
  LeakedConnectionError,
  MissingPeerError,
  ServerStartError,
  ServerStoppedError,
  ServerUnusableError,
  type LeakedConnection,
} from './errors.ts'
export type { Prepare } from './postgres/template.ts'
export { joinServer, startServer, type JoinOptions, type ServerOptions } from './start-server.ts'
export type {
  Backend,
  ConnectOptions,
  DatabaseOptions,
  LeakPolicy,
  ServerAddress,
  TestDatabase,
  TestServer,
} from './test-database.ts'
