import type { Message } from '../message.ts'
import { MessageStoreError } from './message-store-error.ts'

/** What is wrong with a message's data or metadata, and where: `data.flights[3].delay`. */
export interface MessageIssue {
  readonly path: string
  readonly message: string
}

/** Why a message cannot be read: the store's codec does not take its JSON. */
export type UnreadableProblem = 'json'

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
      `The ${type} at position ${position} of ${JSON.stringify(streamName)} (global position ${globalPosition}) cannot be read: ${EXPLAINED[problem]}${listed(issues)}`,
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
}

function listed(issues: readonly MessageIssue[]): string {
  return issues.map(({ path, message }) => `\n  ${path}: ${message}`).join('')
}
