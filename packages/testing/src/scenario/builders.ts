import type {
  Category,
  MessageStore,
  NewMessage,
  StreamId,
  StreamMessage,
  TypedMessage,
} from '@mdb/core'

/** A message for a stream, or one that its typed category checks first. */
export type BuiltMessage =
  | StreamMessage
  | ((store: MessageStore<unknown>) => Promise<StreamMessage>)

/** A message for a stream, or a list of them, as `stream` builds. */
export type BuiltMessages = BuiltMessage | readonly BuiltMessage[]

/**
 * Builds a message for a stream.
 *
 * @example
 * ```ts
 * import { message } from '@mdb/testing'
 *
 * console.log(message('airport-SEA', 'FlightDeparted', { delay: 12 }).streamName) // airport-SEA
 * ```
 *
 * @param metadata default is none.
 */
export function message<Type extends string, Data, Metadata>(
  streamName: string,
  type: Type,
  data: Data,
  metadata?: Metadata,
): { readonly streamName: string; readonly message: NewMessage<Type, Data, Metadata> } {
  return { streamName, message: metadata === undefined ? { type, data } : { type, data, metadata } }
}

/** Builds the messages of a stream, in order. */
export function stream(streamName: string, ...messages: readonly NewMessage[]): BuiltMessage[]
/** Builds messages of a typed category, in order: typed, and checked by it before they are written. */
export function stream<
  Name extends string,
  Read extends TypedMessage,
  Write extends NewMessage,
  Skipped extends undefined,
>(
  category: Category<Name, Read, Write, Skipped>,
  id: StreamId,
  ...messages: readonly Write[]
): BuiltMessage[]
/**
 * Builds the messages of a stream, in order: by its name, or by a typed category and an id.
 *
 * @example
 * ```ts
 * import { stream } from '@mdb/testing'
 *
 * const built = stream('airport-SEA', { type: 'Opened', data: {} }, { type: 'Closed', data: {} })
 * console.log(built.length) // 2
 * ```
 */
export function stream(
  where: string | Category<string, TypedMessage, NewMessage, undefined>,
  ...rest: readonly unknown[]
): BuiltMessage[] {
  if (typeof where === 'string') {
    return (rest as NewMessage[]).map((each) => ({ streamName: where, message: each }))
  }
  const [id, ...messages] = rest as [StreamId, ...NewMessage[]]
  return messages.map((each) => async (store) => where.on(store).checkMessage(id, each))
}

/** A builder of messages of one type, which have data of their own only where a test cares. */
export type MessageBuilder<Type extends string, Data extends object> = (
  data?: Partial<Data>,
) => NewMessage<Type, Data> & { readonly data: Data }

/**
 * Makes a builder of messages of one type: what a test does not say about their data is the default.
 *
 * @example
 * ```ts
 * import { messageBuilder, stream } from '@mdb/testing'
 *
 * const departed = messageBuilder('FlightDeparted', { delay: 0, gate: 'A1' })
 * console.log(departed({ delay: 12 }).data) // { delay: 12, gate: 'A1' }
 * console.log(stream('airport-SEA', departed(), departed({ gate: 'B2' })).length) // 2
 * ```
 */
export function messageBuilder<const Type extends string, Data extends object>(
  type: Type,
  defaults: Data,
): MessageBuilder<Type, Data> {
  return (data) => ({ type, data: { ...defaults, ...data } })
}

/** Checks what is to be checked. */
export async function build(
  store: MessageStore<unknown>,
  built: BuiltMessage,
): Promise<StreamMessage> {
  return typeof built === 'function' ? built(store) : built
}
