import type { ExpectedVersion } from '../expected-version.ts'
import { MessageStoreError } from './message-store-error.ts'

/** The stream is not at the version that the write expected. Nothing was written. */
export class WrongExpectedVersionError extends MessageStoreError {
  override readonly name = 'WrongExpectedVersionError'
  readonly code = 'WRONG_EXPECTED_VERSION'
  readonly streamName: string
  readonly expectedVersion: ExpectedVersion
  /**
   * Where the stream is. `undefined` when the server could not see it: another transaction wrote
   * after the snapshot of this one (REPEATABLE READ and SERIALIZABLE) was taken.
   */
  readonly actualVersion: bigint | 'no-stream' | undefined

  constructor(
    details: {
      streamName: string
      expectedVersion: ExpectedVersion
      actualVersion: bigint | 'no-stream' | undefined
    },
    options?: ErrorOptions,
  ) {
    const { streamName, expectedVersion, actualVersion } = details
    super(
      actualVersion === undefined
        ? `Stream ${quote(streamName)} was written by another transaction after the snapshot of this one was taken. Run the transaction again.`
        : `Stream ${quote(streamName)} is at ${said(actualVersion)}, not at ${said(expectedVersion)} as expected. Read the stream again and decide anew.`,
      options,
    )
    this.streamName = streamName
    this.expectedVersion = expectedVersion
    this.actualVersion = actualVersion
  }
}

/** A message with this id is in the store already. Nothing was written. */
export class DuplicateMessageIdError extends MessageStoreError {
  override readonly name = 'DuplicateMessageIdError'
  readonly code = 'DUPLICATE_MESSAGE_ID'
  readonly messageId: string | undefined

  constructor(messageId: string | undefined, options?: ErrorOptions) {
    super(
      `A message with id ${messageId ?? '(unknown)'} is in the store already. If this write is a retry, it succeeded before; otherwise give the message an id of its own.`,
      options,
    )
    this.messageId = messageId
  }
}

/** The message's id is not a uuid. */
export class InvalidMessageIdError extends MessageStoreError {
  override readonly name = 'InvalidMessageIdError'
  readonly code = 'INVALID_MESSAGE_ID'
  readonly messageId: unknown

  constructor(messageId: unknown, options?: ErrorOptions) {
    super(
      `Message id ${String(messageId)} is not a uuid. Expected 8-4-4-4-12 hexadecimal digits, as crypto.randomUUID() makes them; leave the id out for a random one.`,
      options,
    )
    this.messageId = messageId
  }
}

/** A message cannot be stored as it is: a missing type, or something JSON does not know. */
export class InvalidMessageError extends MessageStoreError {
  override readonly name = 'InvalidMessageError'
  readonly code = 'INVALID_MESSAGE'
  /** Where it is wrong: `type`, `data.flights[3].delay`. `undefined` when the server did not say. */
  readonly path: string | undefined

  constructor(path: string | undefined, problem: string, options?: ErrorOptions) {
    super(
      `The message cannot be written: ${path === undefined ? '' : `${path} `}${problem}`,
      options,
    )
    this.path = path
  }
}

/** The stream name is empty or holds what PostgreSQL cannot store in a text. */
export class InvalidStreamNameError extends MessageStoreError {
  override readonly name = 'InvalidStreamNameError'
  readonly code = 'INVALID_STREAM_NAME'
  readonly streamName: unknown

  constructor(streamName: unknown, problem: string, options?: ErrorOptions) {
    super(`Stream name ${quote(streamName)} ${problem}`, options)
    this.streamName = streamName
  }
}

/** The expected version is none of those there are. */
export class InvalidExpectedVersionError extends MessageStoreError {
  override readonly name = 'InvalidExpectedVersionError'
  readonly code = 'INVALID_EXPECTED_VERSION'
  readonly expectedVersion: unknown

  constructor(expectedVersion: unknown, options?: ErrorOptions) {
    super(
      typeof expectedVersion === 'number' && Number.isInteger(expectedVersion)
        ? `Expected version ${expectedVersion} is a number. Versions are bigint: write ${expectedVersion}n.`
        : `Expected version ${quote(expectedVersion)} is not a bigint of -1n or more, 'no-stream' or 'any'.`,
      options,
    )
    this.expectedVersion = expectedVersion
  }
}

function said(version: ExpectedVersion): string {
  return version === 'no-stream' || version === -1n ? 'no stream' : `version ${version}`
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
