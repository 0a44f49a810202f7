import type { ConsumerGroup, WriteResult } from '@mdb/core'

/** Every `code` an error of this package can have. */
export type SubscriptionErrorCode =
  | 'INVALID_OPTION'
  | 'ALREADY_RUN'
  | 'HANDLER_FAILED'
  | 'HANDLER_IDLE'
  | 'SOURCE_FAILED'
  | 'CHECKPOINT_FAILED'
  | 'CHECKPOINT_FORMAT'
  | 'CHECKPOINT_SHARED'
  | 'CHECKPOINTS_NOT_INSTALLED'
  | 'CHECKPOINT_MOVED'
  | 'FENCED'
  | 'PROCESSING_TIMEOUT'
  | 'NOT_PAUSED'
  | 'SEEK_UNAVAILABLE'
  | 'SEEK_TIMEOUT'
  | 'GROUP_NOT_FOUND'
  | 'GROUP_RESIZING'
  | 'FAILURE_POLICY'
  | 'PARKING_UNAVAILABLE'
  | 'SUBSCRIPTION_RETIRED'

/**
 * The base of every error this package makes. `code` is a literal, so a switch over it narrows to
 * the class.
 *
 * @example
 * ```ts
 * import { constantPolling, SubscriptionError } from '@mdb/subscriptions'
 *
 * try {
 *   constantPolling({ interval: -1 })
 * } catch (error) {
 *   if (error instanceof SubscriptionError) console.log(error.code) // INVALID_OPTION
 * }
 * ```
 */
export abstract class SubscriptionError extends Error {
  abstract readonly code: SubscriptionErrorCode
}

/** An option is missing or out of range. Thrown by `subscribe` and by the strategies, before a run. */
export class InvalidOptionError extends SubscriptionError {
  override readonly name = 'InvalidOptionError'
  readonly code = 'INVALID_OPTION'
  readonly option: string
  readonly value: unknown

  constructor(option: string, value: unknown, expectation: string, options?: ErrorOptions) {
    super(`Invalid ${option}: ${describe(value)}; it ${expectation}`, options)
    this.option = option
    this.value = value
  }
}

/** `run` was called a second time. A subscription runs once; make another with `subscribe`. */
export class AlreadyRunError extends SubscriptionError {
  override readonly name = 'AlreadyRunError'
  readonly code = 'ALREADY_RUN'
  readonly subscriptionId: string

  constructor(subscriptionId: string) {
    super(`Subscription ${subscriptionId} was run already; a subscription runs once`)
    this.subscriptionId = subscriptionId
  }
}

/** Which message it is about. */
export interface FailedMessage {
  readonly id: string
  readonly streamName: string
  readonly type: string
  readonly position: bigint
  readonly globalPosition: bigint
}

/** What errors and events say of a message. */
export function toFailedMessage(message: FailedMessage): FailedMessage {
  const { id, streamName, type, position, globalPosition } = message
  return { id, streamName, type, position, globalPosition }
}

/** The handler threw or rejected. `cause` is what it threw; the message was not handled. */
export class HandlerError extends SubscriptionError {
  override readonly name = 'HandlerError'
  readonly code = 'HANDLER_FAILED'
  readonly subscriptionId: string
  readonly failedMessage: FailedMessage
  /** The last position handled before the failure; undefined when there was none. */
  readonly position: bigint | undefined

  constructor(
    subscriptionId: string,
    message: FailedMessage,
    position: bigint | undefined,
    cause: unknown,
  ) {
    const { streamName, type, globalPosition } = message
    super(
      `Handler of subscription ${subscriptionId} failed on ${type} in ${streamName} ` +
        `(position ${message.position}, global position ${globalPosition}): ${describe(cause)}`,
      { cause },
    )
    this.subscriptionId = subscriptionId
    this.failedMessage = toFailedMessage(message)
    this.position = position
  }
}

/**
 * A handler let its transaction idle until the server ended it, twice in a row; a policy is asked what
 * becomes of the message. Do slow work outside the transaction, or raise `idleTimeout`. `cause` is what
 * the driver said.
 */
export class HandlerIdleError extends SubscriptionError {
  override readonly name = 'HandlerIdleError'
  readonly code = 'HANDLER_IDLE'
  /** Milliseconds; undefined when it is the server's own setting. */
  readonly idleTimeout: number | undefined

  constructor(idleTimeout: number | undefined, cause: unknown) {
    const bound = idleTimeout === undefined ? 'the server allows' : `idleTimeout, ${idleTimeout} ms`
    super(
      `The server ended the transaction of a handler that left it idle for longer than ${bound}`,
      { cause },
    )
    this.idleTimeout = idleTimeout
  }
}

/**
 * The source could not be read, and reading again would not help: Message DB is not installed, a
 * condition does not parse, a permission is missing. `cause` is the store's error.
 */
export class SourceError extends SubscriptionError {
  override readonly name = 'SourceError'
  readonly code = 'SOURCE_FAILED'
  readonly subscriptionId: string
  /** The stream or category that was read. */
  readonly source: string
  /** The last position handled; undefined when there was none. */
  readonly position: bigint | undefined

  constructor(
    subscriptionId: string,
    source: string,
    position: bigint | undefined,
    cause: unknown,
  ) {
    super(`Subscription ${subscriptionId} cannot read ${source}: ${describe(cause)}`, { cause })
    this.subscriptionId = subscriptionId
    this.source = source
    this.position = position
  }
}

/**
 * A checkpoint could not be loaded or saved. After a failed save the messages since the last saved
 * position come again at the next run.
 */
export class CheckpointError extends SubscriptionError {
  override readonly name = 'CheckpointError'
  readonly code = 'CHECKPOINT_FAILED'
  readonly subscriptionId: string
  readonly operation: 'load' | 'save'
  /** The last position handled; undefined when there was none. */
  readonly position: bigint | undefined

  constructor(
    subscriptionId: string,
    operation: 'load' | 'save',
    position: bigint | undefined,
    cause: unknown,
  ) {
    super(`Subscription ${subscriptionId} cannot ${operation} its checkpoint: ${describe(cause)}`, {
      cause,
    })
    this.subscriptionId = subscriptionId
    this.operation = operation
    this.position = position
  }
}

/** What is stored is not a checkpoint: another message type, or data of another shape. */
export class CheckpointFormatError extends SubscriptionError {
  override readonly name = 'CheckpointFormatError'
  readonly code = 'CHECKPOINT_FORMAT'
  /** Where it was found: the position stream, or the table's row. */
  readonly location: string
  readonly found: unknown

  constructor(location: string, found: unknown, expectation: string) {
    super(`No checkpoint in ${location}: found ${describe(found)}; it ${expectation}`)
    this.location = location
    this.found = found
  }
}

/** Two subscriptions or group members would keep their place in one position stream. */
export class CheckpointSharedError extends SubscriptionError {
  override readonly name = 'CheckpointSharedError'
  readonly code = 'CHECKPOINT_SHARED'
  readonly streamName: string

  constructor(streamName: string, first: string, second: string) {
    super(`${second} would share the position stream ${streamName} with ${first}`)
    this.streamName = streamName
  }
}

/**
 * The checkpoint table is not there, or is older than this package: run `installCheckpoints` of
 * `@mdb/subscriptions/migration`.
 */
export class CheckpointsNotInstalledError extends SubscriptionError {
  override readonly name = 'CheckpointsNotInstalledError'
  readonly code = 'CHECKPOINTS_NOT_INSTALLED'
  readonly table: string

  constructor(table: string, cause: unknown) {
    super(
      `There is no table ${table}, or an older one: run installCheckpoints(db) of @mdb/subscriptions/migration once`,
      { cause },
    )
    this.table = table
  }
}

/** A failure policy threw, or returned what is no verdict. The message was not handled. */
export class FailurePolicyError extends SubscriptionError {
  override readonly name = 'FailurePolicyError'
  readonly code = 'FAILURE_POLICY'
  readonly subscriptionId: string
  readonly failedMessage: FailedMessage
  /** What the handler threw. */
  readonly failure: unknown

  constructor(
    subscriptionId: string,
    message: FailedMessage,
    failure: unknown,
    problem: string,
    options?: ErrorOptions,
  ) {
    super(
      `The failure policy of subscription ${subscriptionId} ${problem}; it must return retry(), ` +
        `park(), skip() or stop(). The handler had failed on ${message.type} in ` +
        `${message.streamName}: ${describe(failure)}`,
      options,
    )
    this.subscriptionId = subscriptionId
    this.failedMessage = toFailedMessage(message)
    this.failure = failure
  }
}

/** A message is to be parked, and the checkpoints have no place for it. It was not handled. */
export class ParkingUnavailableError extends SubscriptionError {
  override readonly name = 'ParkingUnavailableError'
  readonly code = 'PARKING_UNAVAILABLE'
  readonly subscriptionId: string

  constructor(subscriptionId: string, options?: ErrorOptions) {
    super(
      `Subscription ${subscriptionId} has nowhere to park messages: give it ` +
        'checkpoints: tableCheckpoints(db)',
      options,
    )
    this.subscriptionId = subscriptionId
  }
}

/** Who has a checkpoint now. */
export interface CheckpointOwner {
  readonly epoch: bigint
  /** As `host:pid`. */
  readonly owner: string | undefined
  readonly claimedAt: Date | undefined
}

/**
 * Another run has claimed the checkpoint since: this one is not to go on. Nothing of the transaction
 * in flight is committed, and the position is where the other run keeps it.
 */
export class FencedError extends SubscriptionError {
  override readonly name = 'FencedError'
  readonly code = 'FENCED'
  /** The key of the checkpoint, as `delays+0+4 of airport`. */
  readonly checkpoint: string
  /** The epoch of the claim that holds no longer. */
  readonly epoch: bigint
  /** Who has it now; undefined when the row is gone. */
  readonly current: CheckpointOwner | undefined

  constructor(checkpoint: string, epoch: bigint, current: CheckpointOwner | undefined) {
    const now =
      current === undefined
        ? 'its row was deleted'
        : `${current.owner ?? 'somebody'} has it at epoch ${current.epoch}, ` +
          `since ${current.claimedAt?.toISOString() ?? 'an unknown time'}`
    super(`The claim of epoch ${epoch} on the checkpoint ${checkpoint} is over: ${now}`)
    this.checkpoint = checkpoint
    this.epoch = epoch
    this.current = current
  }
}

/**
 * The checkpoint is not where it was left: an operator has moved it with `seekSubscription`, or the
 * database has lost commits in a crash or a failover. What was begun before is not saved. A run takes
 * this up by itself and goes on from the new place; whoever saves with a claim of their own claims again.
 */
export class CheckpointMovedError extends SubscriptionError {
  override readonly name = 'CheckpointMovedError'
  readonly code = 'CHECKPOINT_MOVED'
  /** The key of the checkpoint, as `delays+0+4 of airport`. */
  readonly checkpoint: string
  /** Where it is now. */
  readonly position: bigint | undefined
  /** Whether an operator moved it, or a crash or failover of the database took it back. */
  readonly reason: 'seek' | 'commits lost'

  constructor(
    checkpoint: string,
    position: bigint | undefined,
    reason: CheckpointMovedError['reason'] = 'seek',
  ) {
    const to = position ?? 'before its first save'
    super(
      reason === 'seek'
        ? `The checkpoint ${checkpoint} was moved to ${to} by a seek`
        : `The checkpoint ${checkpoint} is back at ${to}: the database has lost commits`,
    )
    this.checkpoint = checkpoint
    this.position = position
    this.reason = reason
  }
}

/** What `waitUntilProcessed` was waiting for when it gave up. */
export interface ProcessingTimeout {
  readonly subscriptionId: string
  /** What a write had returned, or a position. */
  readonly processed: WriteResult | bigint
  /** Milliseconds. */
  readonly timeout: number
  /**
   * Where those are that were not there yet: of a group the members, else the subscription. Undefined
   * when what was waited for was not in the store, or the database could not be asked.
   */
  readonly behind:
    | ReadonlyArray<{
        readonly consumerGroup: ConsumerGroup | undefined
        readonly position: bigint | undefined
      }>
    | undefined
}

/**
 * What was waited for was not processed in time. Nothing is wrong with what was written: wait again, or
 * look whether the subscription runs. `cause` is what the database failed with last, if it did.
 */
export class ProcessingTimeoutError extends SubscriptionError {
  override readonly name = 'ProcessingTimeoutError'
  readonly code = 'PROCESSING_TIMEOUT'
  readonly subscriptionId: string
  readonly processed: WriteResult | bigint
  readonly timeout: number
  readonly behind: ProcessingTimeout['behind']

  constructor({ subscriptionId, processed, timeout, behind }: ProcessingTimeout, cause?: unknown) {
    const what =
      typeof processed === 'bigint'
        ? `position ${processed}`
        : `position ${processed.position} of ${processed.streamName}`
    const places = behind?.map(({ consumerGroup, position }) => {
      const who = consumerGroup === undefined ? 'it' : `member ${consumerGroup.member}`
      return `${who} is at ${position ?? 'no position yet'}`
    })
    super(
      `Subscription ${subscriptionId} has not processed ${what} within ${timeout} ms: ` +
        (places?.join(', ') ?? 'it was not found in the store'),
      cause === undefined ? {} : { cause },
    )
    this.subscriptionId = subscriptionId
    this.processed = processed
    this.timeout = timeout
    this.behind = behind
  }
}

/** Whom `pauseSubscription` was waiting for. */
export interface NotPaused {
  readonly subscriptionId: string
  /** Milliseconds after which it gave up; undefined when the subscription was resumed meanwhile. */
  readonly timeout?: number | undefined
  /** All of the subscription, as last seen; undefined when the database could not be asked. */
  readonly members:
    | ReadonlyArray<{
        readonly consumerGroup: ConsumerGroup | undefined
        readonly owner: string | undefined
        readonly state: 'paused' | 'not running' | 'running'
      }>
    | undefined
}

/**
 * Not all runs have said that they stand: `running` tells whose. After a timeout the pause stays, and
 * they will stand when they hear of it: ask again, or resume. One whose process was killed never
 * will. `cause` is what the database failed with last, if it did.
 */
export class NotPausedError extends SubscriptionError {
  override readonly name = 'NotPausedError'
  readonly code = 'NOT_PAUSED'
  readonly subscriptionId: string
  readonly timeout: number | undefined
  readonly running: NotPaused['members']

  constructor({ subscriptionId, timeout, members }: NotPaused, cause?: unknown) {
    const running = members?.filter(({ state }) => state === 'running')
    const who = running?.map(({ consumerGroup, owner }) => {
      const whose = consumerGroup === undefined ? '' : ` with member ${consumerGroup.member}`
      return `${owner ?? 'somebody'}${whose}`
    })
    const why = timeout === undefined ? 'it was resumed meanwhile' : `after ${timeout} ms`
    super(
      `Subscription ${subscriptionId} does not stand still, ${why}: ` +
        (who === undefined ? 'the database did not answer' : `${who.join(', ')} may be at work`),
      cause === undefined ? {} : { cause },
    )
    this.subscriptionId = subscriptionId
    this.timeout = timeout
    this.running = running
  }
}

/**
 * The subscription keeps its place where a seek does not reach: in a position stream, whose saves
 * nothing fences. Stop it, and write the position into the stream.
 */
export class SeekUnavailableError extends SubscriptionError {
  override readonly name = 'SeekUnavailableError'
  readonly code = 'SEEK_UNAVAILABLE'
  readonly subscriptionId: string
  readonly streamName: string

  constructor(subscriptionId: string, streamName: string) {
    super(
      `Subscription ${subscriptionId} keeps its place in the position stream ${streamName}, where a ` +
        'running subscription would write over a seek: stop it, and write { "position": … } of type ' +
        'Recorded there',
    )
    this.subscriptionId = subscriptionId
    this.streamName = streamName
  }
}

/** A handler's transaction has held a checkpoint for too long. Nothing has moved: seek again. */
export class SeekTimeoutError extends SubscriptionError {
  override readonly name = 'SeekTimeoutError'
  readonly code = 'SEEK_TIMEOUT'
  readonly subscriptionId: string
  /** Milliseconds. */
  readonly timeout: number

  constructor(subscriptionId: string, timeout: number, cause: unknown) {
    super(
      `Subscription ${subscriptionId} has not moved: a transaction holds its checkpoint for longer ` +
        `than ${timeout} ms. Pause it first, or seek again`,
      { cause },
    )
    this.subscriptionId = subscriptionId
    this.timeout = timeout
  }
}

/**
 * `switchProjection` has put another subscription in this one's place: it is not to run again. Deploy
 * the new version, or rebuild under an id that was never used.
 */
export class SubscriptionRetiredError extends SubscriptionError {
  override readonly name = 'SubscriptionRetiredError'
  readonly code = 'SUBSCRIPTION_RETIRED'
  readonly subscriptionId: string
  /** The id of the subscription that took its place. */
  readonly retiredBy: string

  constructor(subscriptionId: string, retiredBy: string) {
    super(
      `Subscription ${subscriptionId} is retired: ${retiredBy} took its place. ` +
        `Run ${retiredBy} instead, or rebuild under an id that was never used`,
    )
    this.subscriptionId = subscriptionId
    this.retiredBy = retiredBy
  }
}

/** No elastic subscription with this id has run on the category: there is no group to resize. */
export class GroupNotFoundError extends SubscriptionError {
  override readonly name = 'GroupNotFoundError'
  readonly code = 'GROUP_NOT_FOUND'
  readonly subscriptionId: string
  readonly category: string

  constructor(subscriptionId: string, category: string) {
    super(
      `There is no elastic group of subscription ${subscriptionId} on ${category}; ` +
        'it is made when the subscription first runs with consumerGroup: { size }',
    )
    this.subscriptionId = subscriptionId
    this.category = category
  }
}

/** The group is being resized already, to another size. Try again when it is done. */
export class GroupResizingError extends SubscriptionError {
  override readonly name = 'GroupResizingError'
  readonly code = 'GROUP_RESIZING'
  readonly subscriptionId: string
  readonly category: string
  readonly resizeTo: number

  constructor(subscriptionId: string, category: string, resizeTo: number) {
    super(
      `The group of subscription ${subscriptionId} on ${category} is being resized to ${resizeTo}; ` +
        'ask again when that is done',
    )
    this.subscriptionId = subscriptionId
    this.category = category
    this.resizeTo = resizeTo
  }
}

export function describe(value: unknown): string {
  if (value instanceof Error) return value.message
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  try {
    return JSON.stringify(value) ?? String(value)
  } catch {
    return String(value)
  }
}
