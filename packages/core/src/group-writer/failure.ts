import { MessageStoreError } from '../errors.ts'
import { readServerError } from '../server-error.ts'

/**
 * What the failure of a group's statement means. `'of one'`: the server undid it on account of some
 * message, so the others can be written without it. `'of all'`: the server undid it and would again.
 * `'unknown'`: the connection was lost, and with it the answer.
 */
export type Failure = 'of one' | 'of all' | 'unknown'

/** Integrity, data, limits, raised by a function, rolled back by the server. */
const OF_ONE = /^(?:22|23|54|P0|40)/
/** The session ended, by the server's own word or by the connection's. */
const ENDED = /^(?:08|57P)/

/** Judges what a statement that was sent failed with. */
export function judge(error: unknown): Failure {
  const server = readServerError(error instanceof MessageStoreError ? error.cause : error)
  if (server === undefined || ENDED.test(server.code)) return 'unknown'
  return OF_ONE.test(server.code) ? 'of one' : 'of all'
}
