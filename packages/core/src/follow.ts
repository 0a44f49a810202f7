import { NoReplyStreamError } from './errors.ts'
import { toJsonNumber } from './json-number.ts'
import type { Message, NewMessage } from './message.ts'
import { type Metadata, metadataOf, writtenMetadata } from './metadata.ts'

/** What of a message makes another one follow from it. */
export type Followable = Pick<Message, 'streamName' | 'position' | 'globalPosition' | 'metadata'>

/** A new message, with metadata that says what it follows from. */
export type FollowingMessage<Type extends string, Data, Own> = NewMessage<
  Type,
  Data,
  Own & Metadata
> & { readonly metadata: Own & Metadata }

/**
 * Makes a message follow from another, as Eventide's `follow` does: causation is the other's stream
 * name and positions; correlation and reply stream names are copied, also when the other has none;
 * its properties are added, and win over those of the same name. Local properties and the schema
 * version do not travel. The data is the new message's own.
 *
 * @example
 * ```ts
 * import { follow } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const metadata = { correlationStreamName: 'booking-7' }
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: {}, metadata })
 * const [departed] = await store.getStreamMessages('airport-SEA')
 * if (departed === undefined) throw new Error('nothing departed')
 *
 * await store.writeMessage('alert-1', follow(departed, { type: 'AlertRaised', data: {} }))
 * console.log((await store.getLastStreamMessage('alert-1'))?.metadata)
 * ```
 *
 * @returns a copy of the message; nothing that was given is changed.
 * @throws {InvalidMetadataError} when the metadata of either holds, under Eventide's names, what
 *   Eventide does not know.
 */
export function follow<Type extends string, Data, Own extends object>(
  source: Followable,
  message: NewMessage<Type, Data, Own & Metadata>,
): FollowingMessage<Type, Data, Own> {
  const preceding = metadataOf(source)
  const own: Metadata = writtenMetadata(message.metadata ?? {}) ?? {}
  const metadata = {
    ...own,
    causationMessageStreamName: source.streamName,
    causationMessagePosition: toJsonNumber(source.position),
    causationMessageGlobalPosition: toJsonNumber(source.globalPosition),
    correlationStreamName: preceding.correlationStreamName,
    replyStreamName: preceding.replyStreamName,
    properties: { ...own.properties, ...preceding.properties },
  } satisfies Metadata
  return { ...message, metadata: writtenMetadata(metadata) as unknown as Own & Metadata }
}

/** A message that answers another, and the stream it belongs in. */
export interface Reply<M extends NewMessage = NewMessage> {
  readonly streamName: string
  readonly message: M
}

/**
 * Makes a message answer another: it follows from it, and goes to the other's reply stream. As
 * Eventide's `reply`, it carries no reply stream name on.
 *
 * @example
 * ```ts
 * import { reply } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const metadata = { replyStreamName: 'tower-1' }
 * await store.writeMessage('airport:command-SEA', { type: 'Close', data: {}, metadata })
 * const [command] = await store.getStreamMessages('airport:command-SEA')
 * if (command === undefined) throw new Error('no command')
 *
 * const { streamName, message } = reply(command, { type: 'Closed', data: {} })
 * await store.writeMessage(streamName, message) // to tower-1
 * ```
 *
 * @returns where to write it, and a copy of the message.
 * @throws {NoReplyStreamError} when the other names no reply stream.
 * @throws {InvalidMetadataError} as {@link follow}.
 */
export function reply<Type extends string, Data, Own extends object>(
  source: Followable,
  message: NewMessage<Type, Data, Own & Metadata>,
): Reply<FollowingMessage<Type, Data, Own>> {
  const { replyStreamName: streamName } = metadataOf(source)
  if (streamName === undefined || streamName === null) {
    throw new NoReplyStreamError(source.streamName, source.position)
  }
  const following = follow(source, message)
  const { replyStreamName: _, ...metadata } = following.metadata
  return { streamName, message: { ...following, metadata: metadata as Own & Metadata } }
}
