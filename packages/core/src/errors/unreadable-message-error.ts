import type { Message } from '../message.ts'
import { listIssues, type MessageIssue } from './message-issue.ts'
import { MessageStoreError } from './message-store-error.ts'

/**
 * Why a message cannot be read: the store's codec does not take its JSON; or, in a typed category,
 * its stream is in another category; the type is not defined; the schema version is none that is
 * known; an upcast function threw; data or metadata is not as the schema says; the schema itself threw.
 */
export type UnreadableProblem =
  | 'json'
  | 'another category'
  | 'unknown type'
  | 'unknown schema version'
  | 'upcast failed'
  | 'invalid'
  | 'schema failed'

/** A message is in the store, but cannot be read as it should. Says which, and why. */
export class UnreadableMessageError extends MessageStoreError {
  override readonly name = 'UnreadableMessageError'
  readonly code = 'UNREADABLE_MESSAGE'
  readonly problem: UnreadableProblem
  readonly messageId: string
  readonly streamName: string
  readonly type: string
  readonly position: bigint
  readonly globalPosition: bigint
  readonly issues: readonly MessageIssue[]

  constructor(
    details: {
      message: Pick<Message, 'id' | 'streamName' | 'type' | 'position' | 'globalPosition'>
      problem: UnreadableProblem
      issues: readonly MessageIssue[]
    },
    options?: ErrorOptions,
  ) {
    const { message, problem, issues } = details
    const { id, streamName, type, position, globalPosition } = message
    super(
      `The ${type} at position ${position} of ${JSON.stringify(streamName)} (global position ${globalPosition}) cannot be read: ${EXPLAINED[problem]}${listIssues(issues)}`,
      options,
    )
    this.problem = problem
    this.messageId = id
    this.streamName = streamName
    this.type = type
    this.position = position
    this.globalPosition = globalPosition
    this.issues = issues
  }
}

const EXPLAINED: Record<UnreadableProblem, string> = {
  json: "the store's JSON codec refuses it.",
  'another category': 'it is not in the category that was to read it.',
  'unknown type': 'its category does not define this type.',
  'unknown schema version': 'its schema version is none that is known here.',
  'upcast failed': 'it could not be made into the current schema version.',
  invalid: 'it is not as its schema says.',
  'schema failed': 'its schema threw an error.',
}
