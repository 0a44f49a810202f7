import {
  DuplicateMessageIdError,
  InvalidExpectedVersionError,
  InvalidMessageError,
  InvalidMessageIdError,
  InvalidStreamNameError,
  MessageRejectedError,
} from '../errors.ts'
import { type ExpectedVersion, toServerVersion } from '../expected-version.ts'
import { toJson } from '../json.ts'
import type { StreamMessage } from '../message.ts'
import type { JsonOptions } from '../read-options.ts'
import { checkNewMessage, checkStreamName } from '../validate-message.ts'

/** A message of a batch, checked and ready to be sent. */
export interface BatchMessage {
  readonly id: string
  readonly streamName: string
  readonly type: string
  /** JSON text; `null` is SQL NULL. */
  readonly data: string | null
  readonly metadata: string | null
  readonly expectedVersion: ExpectedVersion
}

/** Whether a message may have been written by an earlier attempt. */
export interface IdempotentOptions {
  readonly idempotent?: boolean | undefined
}

/** How messages are checked and made ready. */
export interface BatchOptions extends IdempotentOptions, JsonOptions {}

/** Checks one message and makes what is sent of it. */
export function toBatchMessage(
  { streamName, message, expectedVersion = 'any' }: StreamMessage,
  { idempotent, json }: BatchOptions = {},
): BatchMessage {
  checkStreamName(streamName)
  checkNewMessage(message)
  if (idempotent === true && message.id === undefined) throw new InvalidMessageIdError(undefined)
  toServerVersion(expectedVersion)
  return {
    id: (message.id ?? crypto.randomUUID()).toLowerCase(),
    streamName,
    type: message.type,
    data: toJson(message.data, 'data', json),
    metadata: toJson(message.metadata, 'metadata', json),
    expectedVersion,
  }
}

/**
 * Checks the messages of a batch, each and together.
 *
 * @throws the error of {@link toBatchMessage} with the index of the message it is about.
 * @throws {DuplicateMessageIdError} when two have the same id.
 */
export function toBatch(
  entries: readonly StreamMessage[],
  options: BatchOptions = {},
): BatchMessage[] {
  const indices = new Map<string, number>()
  return entries.map((entry, index) => {
    const message = at(index, () => toBatchMessage(entry, options))
    const firstIndex = indices.get(message.id)
    if (firstIndex !== undefined) {
      throw new DuplicateMessageIdError(message.id, { index, firstIndex })
    }
    indices.set(message.id, index)
    return message
  })
}

/** Runs a check of one message of a batch: its error says which message. */
export function at<T>(index: number, check: () => T): T {
  try {
    return check()
  } catch (error) {
    throw inBatch(error, index)
  }
}

/** An error of one message as one of the batch: it says which message. */
export function inBatch(error: unknown, index: number): unknown {
  if (error instanceof InvalidMessageError) {
    const cause = error.cause === undefined ? {} : { cause: error.cause }
    return new InvalidMessageError(error.path, error.problem, { ...cause, index })
  }
  if (error instanceof MessageRejectedError) {
    const cause = error.cause === undefined ? {} : { cause: error.cause }
    return new MessageRejectedError(error, { ...cause, index })
  }
  if (error instanceof InvalidMessageIdError) {
    return new InvalidMessageIdError(error.messageId, { index })
  }
  if (error instanceof InvalidStreamNameError) {
    return new InvalidStreamNameError(error.streamName, error.problem, { index })
  }
  if (error instanceof InvalidExpectedVersionError) {
    return new InvalidExpectedVersionError(error.expectedVersion, { index })
  }
  return error
}
