import { MessageStoreError } from './message-store-error.ts'

/**
 * The connection was lost before the server said what became of a write: it may have happened or
 * not. `cause` is the driver's error.
 */
export class WriteOutcomeUnknownError extends MessageStoreError {
  override readonly name = 'WriteOutcomeUnknownError'
  readonly code = 'WRITE_OUTCOME_UNKNOWN'
  readonly streamName: string
  /** The ids the messages were sent with, the random ones too: repeat the write with them. */
  readonly messageIds: readonly string[]

  constructor(streamName: string, messageIds: readonly string[], options?: ErrorOptions) {
    super(
      `Whether the write to stream ${JSON.stringify(streamName)} happened is unknown: the connection was lost before the answer. Repeat it with the same message ids and idempotent: true.`,
      options,
    )
    this.streamName = streamName
    this.messageIds = messageIds
  }
}

/** Too many messages wait to be written already. This one was not taken, and will not be written. */
export class WriteQueueFullError extends MessageStoreError {
  override readonly name = 'WriteQueueFullError'
  readonly code = 'WRITE_QUEUE_FULL'
  readonly maxQueue: number

  constructor(maxQueue: number, options?: ErrorOptions) {
    super(
      `The group writer's queue holds as many messages as it may (maxQueue ${maxQueue}). Wait for earlier writes before you begin new ones, or allow a longer queue.`,
      options,
    )
    this.maxQueue = maxQueue
  }
}

/** The group writer was closed before this write was given to it. It will not be written. */
export class GroupWriterClosedError extends MessageStoreError {
  override readonly name = 'GroupWriterClosedError'
  readonly code = 'GROUP_WRITER_CLOSED'

  constructor(options?: ErrorOptions) {
    super('The group writer is closed and takes no more writes. Make a new one.', options)
  }
}

/** An option is none of the values it may have. */
export class InvalidOptionError extends MessageStoreError {
  override readonly name = 'InvalidOptionError'
  readonly code = 'INVALID_OPTION'
  readonly option: string
  readonly value: unknown

  constructor(option: string, value: unknown, expected: string, options?: ErrorOptions) {
    super(`Option ${option} is ${String(value)}. Expected ${expected}.`, options)
    this.option = option
    this.value = value
  }
}
