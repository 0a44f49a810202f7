import { MessageStoreError } from './message-store-error.ts'
import type { WriteErrorOptions } from './write-errors.ts'

/** In what the message of the store and the one to write are not the same. */
export type MessageDifference = 'streamName' | 'type' | 'data' | 'metadata' | 'position'

/** An idempotent write found another message under its id. Nothing was written. */
export class MessageIdConflictError extends MessageStoreError {
  override readonly name = 'MessageIdConflictError'
  readonly code = 'MESSAGE_ID_CONFLICT'
  readonly messageId: string
  /**
   * What differs. `'position'`: the message is the same, but does not directly follow the one before
   * it in the batch, so it was not this batch that wrote it.
   */
  readonly differences: readonly MessageDifference[]
  /** Which message of the batch it is, from 0; `undefined` when one was written alone. */
  readonly index: number | undefined

  constructor(
    messageId: string,
    differences: readonly MessageDifference[],
    options: WriteErrorOptions = {},
  ) {
    const at = options.index === undefined ? '' : `messages[${options.index}]: `
    super(
      `${at}The store has another message with id ${messageId}: its ${differences.join(', ')} differ. An idempotent write repeats a message as it was first given; a new message needs an id of its own.`,
      options,
    )
    this.messageId = messageId
    this.differences = differences
    this.index = options.index
  }
}

/**
 * Some messages of an idempotent batch are in the store and some are not, so it was not this batch
 * that wrote them. Nothing was written.
 */
export class BatchPartlyWrittenError extends MessageStoreError {
  override readonly name = 'BatchPartlyWrittenError'
  readonly code = 'BATCH_PARTLY_WRITTEN'
  /** The messages that are in the store, by their index in the batch. */
  readonly written: readonly number[]
  /** The messages that are not. */
  readonly missing: readonly number[]

  constructor(written: readonly number[], missing: readonly number[], options?: ErrorOptions) {
    super(
      `Of the batch, messages ${written.join(', ')} are in the store and ${missing.join(', ')} are not. A batch is written as a whole, so repeat it as it was first given.`,
      options,
    )
    this.written = written
    this.missing = missing
  }
}
