import { WrongExpectedVersionError } from '../errors.ts'
import { toServerVersion } from '../expected-version.ts'
import type { BatchMessage } from './batch.ts'

/**
 * Checks that the expected versions of a batch do not contradict each other: once one is known to
 * hold, the versions that follow in its stream are known too. So the server can refuse only the
 * first that a stream has, and its error is that message's.
 *
 * @throws {WrongExpectedVersionError} for the first message that cannot be written whatever the
 *   server holds.
 */
export function checkExpectations(batch: readonly BatchMessage[]): void {
  const known = new Map<string, bigint>()
  for (const [index, { streamName, expectedVersion }] of batch.entries()) {
    const version = known.get(streamName)
    const expected = toServerVersion(expectedVersion)
    if (version !== undefined && expected !== null && expected !== version) {
      throw new WrongExpectedVersionError(
        { streamName, expectedVersion, actualVersion: version },
        { index },
      )
    }
    const before = expected ?? version
    if (before !== undefined) known.set(streamName, before + 1n)
  }
}
