import { InvalidExpectedVersionError } from './errors.ts'

/**
 * The version a stream must be at for a write to happen: the position of its last message,
 * `'no-stream'` when it must not exist yet, or `'any'` for no check.
 */
export type ExpectedVersion = bigint | 'no-stream' | 'any'

const NO_STREAM = -1n
const INT8_MAX = 2n ** 63n - 1n

/**
 * Makes what `write_message` takes of an expected version: NULL skips its check, -1 means that
 * there is no stream.
 */
export function toServerVersion(expectedVersion: ExpectedVersion): bigint | null {
  if (expectedVersion === 'any') return null
  if (expectedVersion === 'no-stream') return NO_STREAM
  if (
    typeof expectedVersion !== 'bigint' ||
    expectedVersion < NO_STREAM ||
    expectedVersion > INT8_MAX
  ) {
    throw new InvalidExpectedVersionError(expectedVersion)
  }
  return expectedVersion
}

/** Reads a version as the server writes it, where -1 means that there is no stream. */
export function fromServerVersion(version: string): bigint | 'no-stream' {
  const parsed = BigInt(version)
  return parsed === NO_STREAM ? 'no-stream' : parsed
}
