import { isGateFailure, NOT_ACTIVATED } from './condition-gate.ts'
import { compileCondition, type Condition } from './condition.ts'
import {
  ConditionsNotActivatedError,
  type ConsumerGroupProblem,
  CorrelationNotACategoryError,
  DuplicateMessageIdError,
  InvalidBatchSizeError,
  InvalidConditionError,
  InvalidConsumerGroupError,
  InvalidMessageError,
  InvalidMessageIdError,
  type MessageStoreError,
  MessageStoreNotInstalledError,
  MessageStorePermissionError,
  NotACategoryError,
  NotAStreamNameError,
  WrongExpectedVersionError,
} from './errors.ts'
import { type ExpectedVersion, fromServerVersion } from './expected-version.ts'
import type { JsonCodec } from './json-codec.ts'
import { isMissingPart, type NameScope } from './missing-part.ts'
import type { ConsumerGroup } from './read-options.ts'
import { DEFAULT_SCHEMA } from './search-path.ts'
import { readServerError, type ServerError } from './server-error.ts'

/** What a call was about: for what the server's text leaves out. */
export interface CallContext {
  /** The schema that holds Message DB. Default is `message_store`. */
  readonly schema?: string | undefined
  /** Who is connected, for what a role must be granted. */
  readonly role?: string | undefined
  /** Whether being granted role `message_store` would help. Default is that it is not known. */
  readonly roleHelps?: boolean | undefined
  readonly streamName?: string | undefined
  readonly expectedVersion?: ExpectedVersion | undefined
  readonly messageId?: string | undefined
  readonly batchSize?: unknown
  readonly consumerGroup?: ConsumerGroup | undefined
  readonly condition?: Condition | undefined
  /** The codec that the condition was compiled with. Default is `plainJson`. */
  readonly json?: JsonCodec | undefined
  /**
   * Whether the query names what is Message DB's by its schema: a bare name that is not found is then
   * none of Message DB's. Default is `false`.
   */
  readonly namesSchema?: boolean | undefined
}

/**
 * Makes a typed error of what the server refused. The calls of a store do this by themselves; this
 * is for queries of your own with expressions of `@mdb/core/functions`.
 *
 * @example
 * ```ts
 * import { translateError } from '@mdb/core'
 * import { writeMessage } from '@mdb/core/functions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const write = writeMessage('airport-SEA', { type: 'A', data: 1 }, { expectedVersion: 4n })
 * try {
 *   await db.selectNoFrom(write.as('position')).execute()
 * } catch (error) {
 *   console.log(translateError(error)) // a WrongExpectedVersionError
 * }
 * ```
 *
 * @returns a `MessageStoreError`, or what was given when it is not Message DB's to explain.
 */
export function translateError(error: unknown, context: CallContext = {}): unknown {
  const server = readServerError(error)
  if (server === undefined) return error
  const options = { cause: error }
  const known = { ...context, schema: context.schema ?? DEFAULT_SCHEMA }
  return (
    (server.code === 'P0001' ? fromRaise(server.message, known, options) : undefined) ??
    fromState(server, known, options) ??
    error
  )
}

type KnownContext = CallContext & { readonly schema: string }

/** The errors that Message DB's functions raise, all under one SQLSTATE. */
function fromRaise(
  message: string,
  context: KnownContext,
  options: ErrorOptions,
): MessageStoreError | undefined {
  const after = (prefix: string): string | undefined =>
    message.startsWith(prefix) ? message.slice(prefix.length) : undefined

  const version =
    /^Wrong expected version: (-?\d+) \(Stream: (.*), Stream Version: (-?\d+)\)$/s.exec(message)
  if (version !== null) {
    const [, expected = '', streamName = '', actual = ''] = version
    return new WrongExpectedVersionError(
      {
        streamName,
        expectedVersion: context.expectedVersion ?? fromServerVersion(expected),
        actualVersion: fromServerVersion(actual),
      },
      options,
    )
  }
  const notStream = after('Must be a stream name: ')
  if (notStream !== undefined) return new NotAStreamNameError(notStream, options)
  const notCategory = after('Must be a category: ')
  if (notCategory !== undefined) return new NotACategoryError(notCategory, options)
  const correlation = after('Correlation must be a category (Correlation: ')
  if (correlation !== undefined) {
    return new CorrelationNotACategoryError(correlation.slice(0, -1), options)
  }
  if (message === NOT_ACTIVATED) {
    return new ConditionsNotActivatedError(options)
  }
  return fromGroupRaise(message, options)
}

const GROUP_PROBLEMS: ReadonlyArray<readonly [text: string, problem: ConsumerGroupProblem]> = [
  ['Consumer group member and size must be specified', 'incomplete'],
  ['Consumer group size must not be less than 1', 'size too small'],
  ['Consumer group member must not be less than 0', 'negative member'],
  ['Consumer group member must be less than the group size', 'member not below size'],
]

function fromGroupRaise(message: string, options: ErrorOptions): MessageStoreError | undefined {
  const [, problem] = GROUP_PROBLEMS.find(([text]) => message.startsWith(text)) ?? []
  if (problem === undefined) return undefined
  const [, member, size] =
    /\(Consumer Group Member: (.*), Consumer Group Size: (.*)\)$/.exec(message) ?? []
  return new InvalidConsumerGroupError(problem, { member, size }, options)
}

/** PostgreSQL's own errors, by SQLSTATE. */
function fromState(
  server: ServerError,
  context: KnownContext,
  options: ErrorOptions,
): MessageStoreError | undefined {
  const { code, message } = server
  switch (code) {
    case '23505':
      return fromUniqueViolation(server, context, options)
    case '3F000':
      if (!message.includes(context.schema)) break
      return new MessageStoreNotInstalledError(context.schema, options)
    case '42883':
    case '42P01':
      if (!isMissingPart(message, scopeOf(context))) break
      return new MessageStoreNotInstalledError(context.schema, options)
    case '42501':
      if (!namesMessageDb(message) && !message.includes(context.schema)) return undefined
      return new MessageStorePermissionError({ ...context, serverMessage: message }, options)
    case '2201W':
      return new InvalidBatchSizeError(context.batchSize, options)
    case '22003':
      // A number of more digits than PostgreSQL has room for.
      if (context.messageId !== undefined) return notStorable(message, options)
      if (context.consumerGroup === undefined) return undefined
      return new InvalidConsumerGroupError('size too large', context.consumerGroup, options)
    case '22P02':
      if (isGateFailure(message)) return new ConditionsNotActivatedError(options)
      if (context.messageId === undefined) break
      if (/\bjsonb?\b/.test(message)) return notStorable(message, options)
      return new InvalidMessageIdError(context.messageId, options)
    case '22P05':
      return notStorable(message, options)
    case '23502':
      return notStorable(message, options)
  }
  // What is left of a read's syntax, names and values is the condition's.
  if (context.condition !== undefined && /^(42|22|3F)/.test(code)) {
    return new InvalidConditionError(
      message,
      compileCondition(context.condition, context.json),
      options,
    )
  }
  return undefined
}

function scopeOf({ schema, namesSchema = false, condition }: KnownContext): NameScope {
  return { schema, namesSchema, isShared: namesSchema || condition !== undefined }
}

function notStorable(message: string, options: ErrorOptions): InvalidMessageError {
  return new InvalidMessageError(undefined, `(${message})`, options)
}

function fromUniqueViolation(
  { constraint, detail }: ServerError,
  context: KnownContext,
  options: ErrorOptions,
): MessageStoreError | undefined {
  if (constraint === 'messages_id') {
    const [, id] = /=\(([0-9a-f-]{36})\)/.exec(detail ?? '') ?? []
    return new DuplicateMessageIdError(context.messageId ?? id, options)
  }
  if (constraint === 'messages_stream') {
    // The snapshot is older than the stream's last message, so the server's check saw no conflict.
    const [, streamName = ''] = /=\((.*), \d+\)/s.exec(detail ?? '') ?? []
    return new WrongExpectedVersionError(
      {
        streamName: context.streamName ?? streamName,
        expectedVersion: context.expectedVersion ?? 'any',
        actualVersion: undefined,
      },
      options,
    )
  }
  return undefined
}

const MESSAGE_DB_NAMES = new RegExp(
  [
    String.raw`\b(?:messages|messages_global_position_seq|acquire_lock|cardinal_id|hash_64)\b`,
    String.raw`\b(?:get_category_messages|get_last_stream_message|get_stream_messages)\b`,
    String.raw`\b(?:is_category|message_store_version|stream_version|write_message)\b`,
    // Words too common to stand for a function without a mark of one.
    String.raw`\b(?:category|id)\(|function (?:category|id)$`,
  ].join('|'),
)

function namesMessageDb(message: string): boolean {
  return MESSAGE_DB_NAMES.test(message)
}
