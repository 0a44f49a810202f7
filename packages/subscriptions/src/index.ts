export { createSubscriber, subscribe, type Subscriber } from './subscribe.ts'
export type {
  RunOptions,
  Subscription,
  SubscriptionEnd,
  SubscriptionState,
} from './subscription.ts'
export type {
  AtLeastOnceOptions,
  AtLeastOncePageOptions,
  Handler,
  HandlerContext,
  PageHandler,
  SourceOptions,
  SubscriberOptions,
  SubscriptionDefaults,
  SubscriptionIdentity,
  SubscriptionOptions,
  TransactionalHandler,
  TransactionalOptions,
  TransactionalPageHandler,
  TransactionalPageOptions,
  TransactionContext,
} from './options.ts'
export type { CategorySourceOptions } from './sources/category.ts'
export type { AllSourceOptions, CategoriesSourceOptions } from './sources/global.ts'
export type { StartOptions } from './sources/start-options.ts'
export type { StreamSourceOptions } from './sources/stream.ts'
export type { ReadableStore } from './message-source.ts'

export type { Poll, PollingStep, PollingStrategy } from './polling/polling-strategy.ts'
export { constantPolling, type ConstantPollingOptions } from './polling/constant.ts'
export {
  exponentialBackoff,
  type ExponentialBackoffOptions,
} from './polling/exponential-backoff.ts'
export { dynamicPolling, type DynamicPollingOptions } from './polling/dynamic.ts'

export type {
  CheckpointKey,
  CheckpointStore,
  Claim,
  TransactionalCheckpointStore,
} from './checkpoint-store.ts'
export type { CheckpointInterval } from './checkpoint-progress.ts'
export { memoryCheckpoints } from './checkpoints/memory.ts'
export { tableCheckpoints, type TableCheckpointsOptions } from './checkpoints/table.ts'
export { streamCheckpoints, type StreamCheckpointsOptions } from './checkpoints/stream.ts'
export { switchProjection, type SwitchProjectionOptions } from './rebuild/switch-projection.ts'
export { positionStreamName } from './checkpoints/position-stream.ts'
export type {
  CheckpointTable,
  ParkedMessageTable,
  SubscriptionControlTable,
  SubscriptionsDatabase,
} from './database.ts'

export {
  park,
  retry,
  skip,
  stop,
  type Failure,
  type FailurePolicy,
  type RetryOptions,
  type Verdict,
} from './failure/verdict.ts'
export {
  retryThenPark,
  retryThenSkip,
  retryThenStop,
  stopAlways,
  type RetryThenOptions,
} from './failure/policies.ts'
export type { Parked, Parking, ParkingStore } from './parking/parking-store.ts'
export type { FirstParked, ListParkedOptions } from './parking/list-parked.ts'
export {
  parkedMessages,
  type DiscardOptions,
  type ParkedMessages,
  type ReplayFailure,
  type ReplayOptions,
  type ReplayResult,
} from './parking/parked-messages.ts'

export type { Notifier, WakeUps, WakeUpTopic } from './wake-ups/wake-ups.ts'
export { inProcessWakeUps } from './wake-ups/in-process.ts'
export { notifyingStore } from './wake-ups/notifying-store.ts'
export { sharedWatch, type SharedWatchOptions } from './wake-ups/shared-watch.ts'
export type { HeadOf, HeadReader } from './heads/head-reader.ts'

export type { Observer, OpenWriter, Operation, SubscriptionEvent, Waiting } from './observer.ts'
export { combineObservers } from './observers/combine.ts'
export {
  logObserver,
  type EventLevels,
  type Logger,
  type LogLevel,
  type LogObserverOptions,
} from './observers/log.ts'
export type { ElasticGroup } from './consumer-group/elastic-group.ts'
export {
  readConsumerGroup,
  type ConsumerGroupMemberState,
  type ConsumerGroupState,
  type ReadConsumerGroupOptions,
} from './consumer-group/read-consumer-group.ts'
export {
  resizeConsumerGroup,
  type ResizeConsumerGroupOptions,
} from './consumer-group/resize-consumer-group.ts'
export type {
  ConsumerGroupMemberTable,
  ConsumerGroupProcessTable,
  ConsumerGroupTable,
} from './consumer-group/group-tables.ts'
export type { MemberEvent } from './consumer-group/member-event.ts'

export type { Control, ControlKey, ControlReader, ControlStore } from './control/control-store.ts'
export type { SubscriptionControlOptions } from './control/subject.ts'
export {
  pauseSubscription,
  type PausedMember,
  type PauseSubscriptionOptions,
} from './control/pause-subscription.ts'
export {
  seekSubscription,
  type MovedMember,
  type Seek,
  type SeekSubscriptionOptions,
} from './control/seek-subscription.ts'
export { resumeSubscription } from './control/resume-subscription.ts'

export type { SubscriptionPlaceOptions } from './operations/place.ts'
export { readLag, type ReadLagOptions, type SubscriptionLag } from './operations/read-lag.ts'
export {
  waitUntilProcessed,
  type WaitUntilProcessedOptions,
} from './operations/wait-until-processed.ts'

export { stopOnSignals, type StopOnSignalsOptions, type StopSignal } from './stop-on-signals.ts'

export { systemClock, type Clock } from './clock.ts'
export type { ReconnectOptions } from './reconnect.ts'
export { isTransient } from '@mdb/core'
export {
  AlreadyRunError,
  CheckpointError,
  CheckpointFormatError,
  CheckpointMovedError,
  CheckpointSharedError,
  CheckpointsNotInstalledError,
  FailurePolicyError,
  FencedError,
  GroupNotFoundError,
  GroupResizingError,
  HandlerError,
  HandlerIdleError,
  InvalidOptionError,
  NotPausedError,
  ParkingUnavailableError,
  ProcessingTimeoutError,
  SeekTimeoutError,
  SeekUnavailableError,
  SourceError,
  SubscriptionError,
  SubscriptionRetiredError,
  type CheckpointOwner,
  type FailedMessage,
  type NotPaused,
  type ProcessingTimeout,
  type SubscriptionErrorCode,
} from './errors.ts'
