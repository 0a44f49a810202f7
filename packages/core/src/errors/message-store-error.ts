/**
 * What every error of this package is. `code` is a literal that tells them apart; `cause` is the
 * driver's own error when the server refused, and absent when nothing was sent.
 *
 * @example
 * ```ts
 * import { MessageStoreError, WrongExpectedVersionError } from '@mdb/core'
 *
 * const error: unknown = new WrongExpectedVersionError({
 *   streamName: 'airport-SEA',
 *   expectedVersion: 4n,
 *   actualVersion: 5n,
 * })
 * if (error instanceof MessageStoreError) console.log(error.code, error.message)
 * ```
 */
export abstract class MessageStoreError extends Error {
  abstract readonly code: string
}
