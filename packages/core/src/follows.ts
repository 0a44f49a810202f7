import type { Followable } from './follow.ts'
import { metadataOf, type WithMetadata } from './metadata.ts'
import { category, isCategory } from './stream-name.ts'

/**
 * Whether a message follows from another, as Eventide's `follows?`: its causation is the other's
 * stream name and positions, and it has the correlation and reply stream names that the other has.
 * (A reply has no reply stream name, so it does not follow in this sense.)
 *
 * @example
 * ```ts
 * import { follow, follows } from '@mdb/core'
 *
 * const source = { streamName: 'airport-SEA', position: 4n, globalPosition: 9n, metadata: undefined }
 * console.log(follows(source, follow(source, { type: 'AlertRaised', data: {} }))) // true
 * console.log(follows({ ...source, position: 5n }, follow(source, { type: 'A', data: {} }))) // false
 * ```
 *
 * @throws {InvalidMetadataError} as {@link follow}.
 */
export function follows(source: Followable, message: WithMetadata): boolean {
  const preceding = metadataOf(source)
  const metadata = metadataOf(message)
  return (
    metadata.causationMessageStreamName === source.streamName &&
    isPosition(metadata.causationMessagePosition, source.position) &&
    isPosition(metadata.causationMessageGlobalPosition, source.globalPosition) &&
    copied(preceding.correlationStreamName, metadata.correlationStreamName) &&
    copied(preceding.replyStreamName, metadata.replyStreamName)
  )
}

/**
 * Whether a message's story began in a stream, or in a stream of a category, as Eventide's
 * `correlated?`; `getCategoryMessages` has it as an option, `correlation`.
 *
 * @example
 * ```ts
 * import { correlated } from '@mdb/core'
 *
 * const message = { metadata: { correlationStreamName: 'booking-7' } }
 * console.log(correlated('booking', message), correlated('booking-8', message)) // true false
 * ```
 *
 * @throws {InvalidMetadataError} as {@link follow}.
 */
export function correlated(name: string, message: WithMetadata): boolean {
  const { correlationStreamName } = metadataOf(message)
  if (correlationStreamName === undefined || correlationStreamName === null) return false
  return name === (isCategory(name) ? category(correlationStreamName) : correlationStreamName)
}

/** A number beyond 2^53 has been rounded, so it is nobody's position. */
function isPosition(written: number | bigint | null | undefined, position: bigint): boolean {
  if (typeof written === 'number') {
    return Number.isSafeInteger(written) && BigInt(written) === position
  }
  return written === position
}

function copied(from: string | null | undefined, to: string | null | undefined): boolean {
  return from === undefined || from === null || from === to
}
