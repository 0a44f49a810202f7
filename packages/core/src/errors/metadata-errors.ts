import { describe } from './describe.ts'
import { MessageStoreError } from './message-store-error.ts'

/** Metadata holds, under one of Eventide's names, what Eventide does not know. */
export class InvalidMetadataError extends MessageStoreError {
  override readonly name = 'InvalidMetadataError'
  readonly code = 'INVALID_METADATA'
  /** Where it is wrong: `metadata.replyStreamName`. */
  readonly path: string
  readonly value: unknown
  /** The stream and position of the message, when it was read from one. */
  readonly streamName: string | undefined
  readonly position: bigint | undefined

  constructor(
    details: {
      path: string
      value: unknown
      expected: string
      streamName?: string | undefined
      position?: bigint | undefined
    },
    options?: ErrorOptions,
  ) {
    const { path, value, expected, streamName, position } = details
    const where = streamName === undefined ? '' : ` at position ${position} of ${quote(streamName)}`
    super(
      `${path} of the message${where} is ${describe(value)}. Expected ${expected}, as Eventide writes it; keys of your own need other names.`,
      options,
    )
    this.path = path
    this.value = value
    this.streamName = streamName
    this.position = position
  }
}

/** A reply was to be written to a message that names no reply stream. */
export class NoReplyStreamError extends MessageStoreError {
  override readonly name = 'NoReplyStreamError'
  readonly code = 'NO_REPLY_STREAM'
  /** The stream of the message that was to be answered. */
  readonly streamName: string
  /** Its position there. */
  readonly position: bigint

  constructor(streamName: string, position: bigint, options?: ErrorOptions) {
    super(
      `The message at position ${position} of ${quote(streamName)} has no reply stream name, so there is nowhere to reply to. Its writer must set metadata.replyStreamName; or write to a stream of your choice with follow.`,
      options,
    )
    this.streamName = streamName
    this.position = position
  }
}

function quote(text: string): string {
  return JSON.stringify(text)
}
