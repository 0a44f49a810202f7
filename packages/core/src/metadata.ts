import { InvalidMetadataError } from './errors.ts'
import type { Message } from './message.ts'

/**
 * Metadata by Eventide's names. Keys of your own may stand beside them: extend the interface, or
 * just write them.
 *
 * @example
 * ```ts
 * import type { Message, Metadata } from '@mdb/core'
 *
 * interface Audited extends Metadata {
 *   readonly userId: string
 * }
 * type Booked = Message<'Booked', { seat: string }, Audited>
 *
 * const by = ({ metadata }: Booked): string => metadata.userId
 * console.log(typeof by)
 * ```
 */
export interface Metadata {
  /** The stream of the message that this one follows from. */
  readonly causationMessageStreamName?: string | null | undefined
  /** Its position in that stream. A number in JSON; a bigint beyond 2^53. */
  readonly causationMessagePosition?: number | bigint | null | undefined
  /** Its global position. A number in JSON; a bigint beyond 2^53. */
  readonly causationMessageGlobalPosition?: number | bigint | null | undefined
  /** The stream that this message's story began in. A category can be read by its category. */
  readonly correlationStreamName?: string | null | undefined
  /** The stream that an answer is written to. */
  readonly replyStreamName?: string | null | undefined
  /** What travels with all that follow. */
  readonly properties?: Readonly<Record<string, unknown>> | null | undefined
  /** What stays with this message. */
  readonly localProperties?: Readonly<Record<string, unknown>> | null | undefined
  /** Which shape the data has: a text, as `'2'`. */
  readonly schemaVersion?: string | null | undefined
  // Eventide fills these in from the message when it reads, over anything written there.
  /** Not written: it is the message's own. */
  readonly streamName?: never
  /** Not written: it is the message's own. */
  readonly position?: never
  /** Not written: it is the message's own. */
  readonly globalPosition?: never
  /** Not written: it is the message's own. */
  readonly time?: never
}

/** A message, or what of it bears on its metadata; its place is for errors. */
export type WithMetadata = { readonly metadata?: unknown } & Partial<
  Pick<Message, 'streamName' | 'position'>
>

type Kind = 'text' | 'position' | 'properties'

/** In the order in which Eventide writes them. */
const KINDS = {
  causationMessageStreamName: 'text',
  causationMessagePosition: 'position',
  causationMessageGlobalPosition: 'position',
  correlationStreamName: 'text',
  replyStreamName: 'text',
  properties: 'properties',
  localProperties: 'properties',
  schemaVersion: 'text',
} as const satisfies Record<string, Kind>

const TRANSIENT = new Set(['streamName', 'position', 'globalPosition', 'time'])

const EXPECTED: Record<Kind, string> = {
  text: 'a string',
  position: 'an integer',
  properties: 'an object',
}

const IS_A: Record<Kind, (value: unknown) => boolean> = {
  text: (value) => typeof value === 'string',
  position: (value) => typeof value === 'bigint' || Number.isInteger(value),
  properties: isObject,
}

/**
 * The metadata of a message that was read, by Eventide's names: checked, so that it is what its
 * type says. Keys of your own are left out.
 *
 * @example
 * ```ts
 * import { metadataOf } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const metadata = { correlationStreamName: 'booking-7' }
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: {}, metadata })
 * const [departed] = await store.getStreamMessages('airport-SEA')
 * if (departed !== undefined) console.log(metadataOf(departed).correlationStreamName) // booking-7
 * ```
 *
 * @returns the metadata; `{}` for a message that has none.
 * @throws {InvalidMetadataError} when somebody wrote what Eventide does not know under its names.
 */
export function metadataOf(message: WithMetadata): Metadata {
  return Object.fromEntries(eventideEntries(toObject(message), message))
}

/**
 * Makes of metadata what Eventide writes: no transient key, nothing empty, Eventide's keys before
 * your own, `undefined` (SQL NULL) when nothing is left.
 *
 * @example
 * ```ts
 * import { writtenMetadata } from '@mdb/core'
 *
 * console.log(writtenMetadata({ replyStreamName: null, properties: {}, userId: '7' })) // { userId: '7' }
 * console.log(writtenMetadata({ properties: {} })) // undefined
 * ```
 *
 * @throws {InvalidMetadataError} when the metadata is not an object, or Eventide's keys hold what
 *   Eventide does not know.
 */
export function writtenMetadata<M extends object>(metadata: M & Metadata): M | undefined {
  const given = toObject({ metadata })
  const own = Object.entries(ownMetadata(given)).filter(([, value]) => value !== undefined)
  const entries = [...eventideEntries(given, {}), ...own]
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as M)
}

/** The keys of your own, which Eventide does not know. */
export function ownMetadata(metadata: object): Readonly<Record<string, unknown>> {
  return Object.fromEntries(
    Object.entries(metadata).filter(([key]) => !Object.hasOwn(KINDS, key) && !TRANSIENT.has(key)),
  )
}

function toObject(message: WithMetadata): Readonly<Record<string, unknown>> {
  const { metadata } = message
  if (metadata === undefined || metadata === null) return {}
  if (isObject(metadata)) return metadata
  throw refused('metadata', metadata, 'an object', message)
}

function eventideEntries(
  metadata: Readonly<Record<string, unknown>>,
  message: WithMetadata,
): [string, unknown][] {
  return Object.entries(KINDS).flatMap(([key, kind]): [string, unknown][] => {
    const value = Object.hasOwn(metadata, key) ? metadata[key] : undefined
    if (value === undefined || value === null) return []
    if (!IS_A[kind](value)) throw refused(`metadata.${key}`, value, EXPECTED[kind], message)
    return kind === 'properties' && Object.keys(value).length === 0 ? [] : [[key, value]]
  })
}

function refused(
  path: string,
  value: unknown,
  expected: string,
  { streamName, position }: WithMetadata,
): InvalidMetadataError {
  return new InvalidMetadataError({ path, value, expected, streamName, position })
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
