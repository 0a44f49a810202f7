import { describe } from '../errors/describe.ts'
import { UnreadableMessageError } from '../errors.ts'
import type { Message } from '../message.ts'
import { isObject } from '../metadata.ts'
import type { KnownType } from './definition.ts'
import { attempt, type MaybePromise } from './maybe-promise.ts'

const DEFAULT_VERSION = 1
const PATH = 'metadata.schemaVersion'

/**
 * Makes the data of a message what its current version is: through the upcast functions, one
 * version after the other.
 *
 * @throws {UnreadableMessageError}
 */
export function upcastData(known: KnownType, message: Message): MaybePromise<unknown> {
  const { schemaVersion: current } = known
  if (current === undefined) return message.data
  const written = writtenVersion(message.metadata) ?? DEFAULT_VERSION
  const version = toVersion(written)
  if (version === undefined || version > current) {
    const range = current === DEFAULT_VERSION ? '1' : `1 to ${current}`
    const said = `is ${describe(written)}. Known are ${range}`
    const issues = [{ path: PATH, message: `${said}; newer ones are for newer code to read.` }]
    throw new UnreadableMessageError({ message, problem: 'unknown schema version', issues })
  }
  return version === current ? message.data : upcastFrom(version, current, known, message)
}

async function upcastFrom(
  version: number,
  current: number,
  { upcast }: KnownType,
  message: Message,
): Promise<unknown> {
  let { data } = message
  for (let from = version; from < current; from++) {
    data = await attempt(
      () => upcast[from]?.(data, message),
      (cause) => {
        const said = cause instanceof Error ? cause.message : String(cause)
        const issues = [{ path: 'data', message: `upcast from version ${from} threw: ${said}` }]
        return new UnreadableMessageError({ message, problem: 'upcast failed', issues }, { cause })
      },
    )
  }
  return data
}

/** What a message to write says of its version, or why it cannot. */
export type Versioned = { readonly metadata: unknown } | { readonly problem: string }

/** Adds the current version to metadata, when it is above the default. */
export function addVersion({ schemaVersion }: KnownType, metadata: unknown): Versioned {
  if (schemaVersion === undefined) return { metadata }
  const written = writtenVersion(metadata)
  if (written !== undefined && toVersion(written) !== schemaVersion) {
    return { problem: `is ${describe(written)}, but the current one is ${schemaVersion}.` }
  }
  if (schemaVersion === DEFAULT_VERSION) return { metadata }
  if (metadata !== undefined && metadata !== null && !isObject(metadata)) {
    return { problem: 'has no place in metadata that is not an object.' }
  }
  return { metadata: { ...metadata, schemaVersion: String(schemaVersion) } }
}

function writtenVersion(metadata: unknown): unknown {
  return isObject(metadata) ? (metadata['schemaVersion'] ?? undefined) : undefined
}

// Eventide's version is a text; others may have written a number.
function toVersion(written: unknown): number | undefined {
  const text = typeof written === 'number' ? String(written) : written
  return typeof text === 'string' && /^[1-9]\d{0,8}$/.test(text) ? Number(text) : undefined
}
