import type { ExpectedVersion } from '../expected-version.ts'
import { MessageStoreError } from './message-store-error.ts'

/** What the errors of a write take besides their own details. */
export interface WriteErrorOptions extends ErrorOptions {
  /** Which message of a batch is meant, from 0. */
  readonly index?: number | undefined
}

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
  /** Which message of a batch expected it, from 0; `undefined` when the call as a whole did. */
  readonly index: number | undefined

  constructor(
    details: {
      streamName: string
      expectedVersion: ExpectedVersion
      actualVersion: bigint | 'no-stream' | undefined
    },
    options: WriteErrorOptions = {},
  ) {
    const { streamName, expectedVersion, actualVersion } = details
    super(
      actualVersion === undefined
        ? `${at(options)}Stream ${quote(streamName)} was written by another transaction after the snapshot of this one was taken. Run the transaction again.`
        : `${at(options)}Stream ${quote(streamName)} is at ${said(actualVersion)}, not at ${said(expectedVersion)} as expected. Read the stream again and decide anew.`,
      options,
    )
    this.index = options.index
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
  /** Which message of the batch it is, from 0; `undefined` when one was written alone. */
  readonly index: number | undefined

  constructor(
    messageId: string | undefined,
    options: WriteErrorOptions & {
      /** The message of the same batch that has the id too. */
      readonly firstIndex?: number | undefined
    } = {},
  ) {
    const { index, firstIndex } = options
    super(
      firstIndex === undefined
        ? `${at(options)}A message with id ${messageId ?? '(unknown)'} is in the store already. If this write is a retry, it succeeded before; otherwise give the message an id of its own.`
        : `messages[${firstIndex}] and messages[${index}] of the batch have the same id ${messageId}. Give each message an id of its own.`,
      options,
    )
    this.index = index
    this.messageId = messageId
  }
}

/** The message's id is not a uuid, or is missing where one is needed. */
export class InvalidMessageIdError extends MessageStoreError {
  override readonly name = 'InvalidMessageIdError'
  readonly code = 'INVALID_MESSAGE_ID'
  readonly messageId: unknown
  /** Which message of a batch it is, from 0; `undefined` when one was written alone. */
  readonly index: number | undefined

  constructor(messageId: unknown, options: WriteErrorOptions = {}) {
    const given = String(messageId)
    super(
      messageId === undefined
        ? `${at(options)}A write that may be repeated needs the id of the message: a random one would be another at the next attempt. Make it with crypto.randomUUID() and keep it.`
        : `${at(options)}Message id ${given} is not a uuid. Expected 8-4-4-4-12 hexadecimal digits, as crypto.randomUUID() makes them; leave the id out for a random one.`,
      options,
    )
    this.index = options.index
    this.messageId = messageId
  }
}

/** A message cannot be stored as it is: a missing type, or something JSON does not know. */
export class InvalidMessageError extends MessageStoreError {
  override readonly name = 'InvalidMessageError'
  readonly code = 'INVALID_MESSAGE'
  /** Where it is wrong: `type`, `data.flights[3].delay`. `undefined` when the server did not say. */
  readonly path: string | undefined
  /** Which message of the batch it is, from 0; `undefined` when one was written alone. */
  readonly index: number | undefined
  /** What is wrong with it, in words. */
  readonly problem: string

  constructor(path: string | undefined, problem: string, options: WriteErrorOptions = {}) {
    super(
      `${at(options)}The message cannot be written: ${path === undefined ? '' : `${path} `}${problem}`,
      options,
    )
    this.index = options.index
    this.problem = problem
    this.path = path
  }
}

/** The stream name is empty or holds what PostgreSQL cannot store in a text. */
export class InvalidStreamNameError extends MessageStoreError {
  override readonly name = 'InvalidStreamNameError'
  readonly code = 'INVALID_STREAM_NAME'
  readonly streamName: unknown
  /** What is wrong with it, in words. */
  readonly problem: string
  /** Which message of a batch has it, from 0; `undefined` when it is the call's own. */
  readonly index: number | undefined

  constructor(streamName: unknown, problem: string, options: WriteErrorOptions = {}) {
    super(`${at(options)}Stream name ${quote(streamName)} ${problem}`, options)
    this.index = options.index
    this.streamName = streamName
    this.problem = problem
  }
}

/** The expected version is none of those there are. */
export class InvalidExpectedVersionError extends MessageStoreError {
  override readonly name = 'InvalidExpectedVersionError'
  readonly code = 'INVALID_EXPECTED_VERSION'
  readonly expectedVersion: unknown
  /** Which message of a batch has it, from 0; `undefined` when it is the call's own. */
  readonly index: number | undefined

  constructor(expectedVersion: unknown, options: WriteErrorOptions = {}) {
    super(
      typeof expectedVersion === 'number' && Number.isInteger(expectedVersion)
        ? `${at(options)}Expected version ${expectedVersion} is a number. Versions are bigint: write ${expectedVersion}n.`
        : `${at(options)}Expected version ${quote(expectedVersion)} is not a bigint of -1n or more, 'no-stream' or 'any'.`,
      options,
    )
    this.index = options.index
    this.expectedVersion = expectedVersion
  }
}

function at({ index }: WriteErrorOptions): string {
  return index === undefined ? '' : `messages[${index}]: `
}

function said(version: ExpectedVersion): string {
  return version === 'no-stream' || version === -1n ? 'no stream' : `version ${version}`
}

function quote(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
