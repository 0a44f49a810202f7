import { isCategory, type Message, type MessageStore, WrongExpectedVersionError } from '@mdb/core'
import { type CheckpointKey, checkpointKeyText, type CheckpointStore } from '../checkpoint-store.ts'
import { CheckpointFormatError, CheckpointSharedError } from '../errors.ts'
import { categoryOf, identifierOf, positionStreamName } from './position-stream.ts'

/** What `streamCheckpoints` takes. */
export interface StreamCheckpointsOptions {
  /**
   * The identifier after the hyphen of the position stream's name, to continue a stream that
   * Eventide wrote; null for none. One for all keys, or a function of the key. Default is the
   * subscription's id, with the group's member and size or the stream's id.
   */
  readonly identifier?: string | null | ((key: CheckpointKey) => string | null) | undefined
}

const TYPE = 'Recorded'
const EXPECTED = 'must be a Recorded message with data { "position": a whole number }'
// Before the beginning of a stream, which Eventide does not read.
const BEFORE_STREAM = -1

interface Stored {
  readonly position: bigint
  /** The version of the position stream. */
  readonly version: bigint
}

/**
 * Checkpoints as Eventide keeps them: a message `Recorded` with data `{ position }` in a position
 * stream, `airport:position-delays`, where the last one counts. A consumer in Ruby can go on where
 * this one stopped, and the other way round, with `identifier`.
 *
 * For a category the position is the global one, as Eventide's. For a stream, which Eventide does
 * not read, it is the position in the stream, or -1 before its first message. To move forward only, a
 * save expects the version it has read; what it writes is what Eventide writes.
 *
 * @example
 * ```ts
 * import { streamCheckpoints } from '@mdb/subscriptions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const checkpoints = streamCheckpoints(store)
 * await checkpoints.save({ subscriptionId: 'delays', source: 'airport' }, 41n)
 * console.log((await store.getLastStreamMessage('airport:position-delays'))?.data) // { position: 41 }
 * ```
 *
 * @returns a store whose calls reject with `CheckpointFormatError` when the stream ends in anything
 *   else, and with `CheckpointSharedError` when `identifier` gives two keys one stream
 */
export function streamCheckpoints(
  store: Pick<MessageStore<unknown>, 'getLastStreamMessage' | 'writeMessage'>,
  options: StreamCheckpointsOptions = {},
): CheckpointStore {
  const { identifier = identifierOf } = options
  const owners = new Map<string, string>()

  function streamOf(key: CheckpointKey): string {
    const chosen = typeof identifier === 'function' ? identifier(key) : identifier
    const name = positionStreamName(categoryOf(key), chosen)
    const owner = checkpointKeyText(key)
    const first = owners.get(name) ?? owner
    if (first !== owner) throw new CheckpointSharedError(name, first, owner)
    owners.set(name, owner)
    return name
  }

  async function last(key: CheckpointKey): Promise<Stored | undefined> {
    const message = await store.getLastStreamMessage(streamOf(key))
    if (message === undefined) return undefined
    return { position: positionIn(message, lowestOf(key)), version: message.position }
  }

  return {
    inMessages: true,

    async load(key) {
      return (await last(key))?.position
    },

    async save(key, position) {
      const streamName = streamOf(key)
      const recorded = { type: TYPE, data: { position: toNumber(position, streamName) } }
      for (;;) {
        const stored = await last(key)
        if (stored !== undefined && stored.position >= position) return
        try {
          const expectedVersion = stored?.version ?? 'no-stream'
          await store.writeMessage(streamName, recorded, { expectedVersion })
          return
        } catch (error) {
          if (!(error instanceof WrongExpectedVersionError)) throw error
        }
      }
    },
  }
}

function lowestOf({ source }: CheckpointKey): number {
  return isCategory(source) ? 0 : BEFORE_STREAM
}

function positionIn({ streamName, type, data }: Message, lowest: number): bigint {
  const position =
    typeof data === 'object' && data !== null && 'position' in data ? data.position : undefined
  if (type !== TYPE || !Number.isSafeInteger(position) || (position as number) < lowest) {
    throw new CheckpointFormatError(streamName, { type, data }, EXPECTED)
  }
  return BigInt(position as number)
}

function toNumber(position: bigint, streamName: string): number {
  const number = Number(position)
  if (Number.isSafeInteger(number)) return number
  throw new CheckpointFormatError(
    streamName,
    position,
    'must be at most 2^53 - 1 to be a JSON number',
  )
}
