import { listIssues, type MessageIssue } from './message-issue.ts'
import { MessageStoreError } from './message-store-error.ts'
import type { WriteErrorOptions } from './write-errors.ts'

/** A category is defined in a way that cannot be. */
export class InvalidCategoryError extends MessageStoreError {
  override readonly name = 'InvalidCategoryError'
  readonly code = 'INVALID_CATEGORY'
  readonly category: string
  /** The message type whose definition is wrong; `undefined` when it is the whole. */
  readonly type: string | undefined

  constructor(category: string, type: string | undefined, problem: string, options?: ErrorOptions) {
    super(
      `The definition of category ${JSON.stringify(category)}${type === undefined ? '' : `, type ${JSON.stringify(type)},`} ${problem}`,
      options,
    )
    this.category = category
    this.type = type
  }
}

/**
 * Why a message was not written: its category does not define its type; its data or metadata is
 * not as their schema says; its metadata names another schema version than the current one, or has
 * no place for one; or the schema itself threw.
 */
export type RejectionProblem = 'unknown type' | 'invalid' | 'schema version' | 'schema failed'

/** A message is not as its category defines it. Nothing was sent. */
export class MessageRejectedError extends MessageStoreError {
  override readonly name = 'MessageRejectedError'
  readonly code = 'MESSAGE_REJECTED'
  readonly problem: RejectionProblem
  readonly streamName: string
  readonly type: string
  readonly issues: readonly MessageIssue[]
  /** Which message of a batch is meant, from 0; `undefined` when it was the only one. */
  readonly index: number | undefined

  constructor(
    details: {
      problem: RejectionProblem
      streamName: string
      type: string
      issues: readonly MessageIssue[]
    },
    options: WriteErrorOptions = {},
  ) {
    const { problem, streamName, type, issues } = details
    const which = options.index === undefined ? '' : `messages[${options.index}]: `
    super(
      `${which}The ${type} for ${JSON.stringify(streamName)} was not written: ${EXPLAINED[problem]}${listIssues(issues)}`,
      options,
    )
    this.problem = problem
    this.streamName = streamName
    this.type = type
    this.issues = issues
    this.index = options.index
  }
}

const EXPLAINED: Record<RejectionProblem, string> = {
  'unknown type': 'its category does not define this type.',
  invalid: 'it is not as its schema says.',
  'schema version': 'its schema version cannot be written.',
  'schema failed': 'its schema threw an error.',
}
