import type { Message, NewMessage, StreamMessage } from '../message.ts'
import type { CallOptions, MessageStore, PageCallOptions } from '../message-store.ts'
import type { CategoryReadOptions, StreamReadOptions } from '../read-options.ts'
import type { MessageIterable } from '../reading/message-iterable.ts'
import type { ReadCategoryOptions, ReadStreamOptions } from '../reading/reading-options.ts'
import { streamName } from '../stream-name.ts'
import { inBatch } from '../writing/batch.ts'
import type { CategoryStore, StreamId, TypedMessage } from './category.ts'
import { checkTypedMessage } from './check-message.ts'
import { type Definition, parseMessage } from './parse-message.ts'
import { parseAll, typedIterable, withoutLimit } from './typed-iterable.ts'

type PageOptions = (StreamReadOptions | CategoryReadOptions) & PageCallOptions

/** Binds a definition to a store. What it reads and writes is typed by `defineCategory`. */
export function categoryStore<DB>(
  definition: Definition,
  store: MessageStore<DB>,
): CategoryStore<DB, TypedMessage, NewMessage> {
  const nameOf = (id: StreamId): string => streamName(definition.name, id)

  async function check(id: StreamId, message: NewMessage): Promise<StreamMessage> {
    const name = nameOf(id)
    const checked = await checkTypedMessage(definition, name, message, store.json)
    return { streamName: name, message: checked }
  }

  const parse = (message: Message) => parseMessage(definition, message)

  // The limit is on what is known: what is skipped is not counted.
  function iterate<Options extends ReadStreamOptions | ReadCategoryOptions>(
    read: (options: Options) => MessageIterable,
    options: Options,
  ): MessageIterable<TypedMessage> {
    if (definition.unknownTypes !== 'skip') return typedIterable(read(options), parse)
    return typedIterable(read(withoutLimit(options)), parse, options.limit)
  }

  // Nothing but skipped messages would look like the end.
  async function readPage(
    read: (position: bigint | undefined) => Promise<Message[]>,
    positionOf: (message: Message) => bigint,
    options: PageOptions,
  ): Promise<TypedMessage[]> {
    let { position } = options
    for (;;) {
      const page = await read(position)
      const parsed = await parseAll(page, parse)
      const last = page.at(-1)
      if (parsed.length > 0 || last === undefined) return parsed
      position = positionOf(last) + 1n
    }
  }

  /** The last message that is known, where the very last one is skipped. */
  async function lastKnown(name: string, options: CallOptions): Promise<TypedMessage | undefined> {
    const lasts = await Promise.all(
      [...definition.types.keys()].map((type) =>
        store.getLastStreamMessage(name, { ...options, type }),
      ),
    )
    const [last] = lasts
      .filter((message) => message !== undefined)
      .toSorted((a, b) => (a.position < b.position ? 1 : -1))
    return last === undefined ? undefined : parseMessage(definition, last)
  }

  return {
    store,

    using: (db) => categoryStore(definition, store.using(db)),

    checkMessage: check,

    async writeMessage(id, message, options) {
      const checked = await check(id, message)
      return store.writeMessage(checked.streamName, checked.message, options)
    },

    async writeMessages(id, messages, options) {
      const checked: NewMessage[] = []
      for (const [index, message] of messages.entries()) {
        try {
          checked.push((await check(id, message)).message)
        } catch (error) {
          throw inBatch(error, index)
        }
      }
      return store.writeMessages(nameOf(id), checked, options)
    },

    async getStreamMessages(id, options = {}) {
      const name = nameOf(id)
      return readPage(
        async (position) => store.getStreamMessages(name, { ...options, position }),
        (message) => message.position,
        options,
      )
    },

    async getCategoryMessages(options = {}) {
      return readPage(
        async (position) => store.getCategoryMessages(definition.name, { ...options, position }),
        (message) => message.globalPosition,
        options,
      )
    },

    readStream(id, options = {}) {
      const name = nameOf(id)
      return iterate((readOptions) => store.readStream(name, readOptions), options)
    },

    readCategory(options = {}) {
      return iterate((readOptions) => store.readCategory(definition.name, readOptions), options)
    },

    // Of the type that is asked for, which the compiler cannot see.
    async getLastStreamMessage(id, options = {}) {
      const name = nameOf(id)
      const last = await store.getLastStreamMessage(name, options)
      if (last === undefined) return undefined
      const parsed = await parseMessage(definition, last)
      return (parsed ?? (await lastKnown(name, options))) as never
    },

    async streamVersion(id, options) {
      return store.streamVersion(nameOf(id), options)
    },
  }
}
