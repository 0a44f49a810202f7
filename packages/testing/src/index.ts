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
  StandbyPromotedError,
} from './errors.ts'
export type { Prepare } from './prepare.ts'
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
export { planFaults } from './faults/faults.ts'
export type { FaultName, FaultOptions, Faults, PlannedFault, StruckFault } from './faults/faults.ts'
export type { FaultPoint } from './faults/points.ts'
export type { ManualClock, TestClock } from './time/clock.ts'
export { RecordingEndedError } from './time/errors.ts'
export { jumpingClock } from './time/jumping-clock.ts'
export { manualClock } from './time/manual-clock.ts'
export { recordEvents, type EventOf, type EventRecorder } from './time/record-events.ts'
export type { WaitOptions } from './waiting.ts'
export type { ExpectedMessage } from './scenario/as-expected.ts'
export {
  message,
  messageBuilder,
  stream,
  type BuiltMessage,
  type BuiltMessages,
  type MessageBuilder,
} from './scenario/builders.ts'
export {
  given,
  type Given,
  type Place,
  type When,
  type WhenContext,
  type WhenTransactionContext,
} from './scenario/given.ts'
export { ScenarioSetUpError } from './scenario/errors.ts'
export type { Expected, ExpectedError } from './scenario/verify.ts'
