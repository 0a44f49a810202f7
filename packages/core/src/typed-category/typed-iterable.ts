import type { Message } from '../message.ts'
import type { MessageIterable } from '../reading/message-iterable.ts'
import { checkLimit } from '../validate-read.ts'
import type { TypedMessage } from './category.ts'
import type { MaybePromise } from './maybe-promise.ts'

type Parse = (message: Message) => MaybePromise<TypedMessage | undefined>

/** What a read that skips counts itself: the limit is on the messages that are known. */
export function withoutLimit<Options extends { readonly limit?: number | undefined }>(
  options: Options,
): Options {
  if (options.limit !== undefined) checkLimit(options.limit)
  return { ...options, limit: undefined }
}

/**
 * Parses what is read, as it is asked for: a message that cannot be read fails the iteration when
 * those before it have been given.
 */
export function typedIterable(
  messages: MessageIterable,
  parse: Parse,
  limit: number = Infinity,
): MessageIterable<TypedMessage> {
  async function* known(): AsyncGenerator<TypedMessage, void, undefined> {
    let count = 0
    for await (const message of messages) {
      const parsed = await parse(message)
      if (parsed === undefined) continue
      yield parsed
      if (++count >= limit) return
    }
  }

  async function* pages(): AsyncGenerator<TypedMessage[], void, undefined> {
    let count = 0
    for await (const page of messages.pages()) {
      const parsed = (await parseAll(page, parse)).slice(0, limit - count)
      count += parsed.length
      if (parsed.length > 0) yield parsed
      if (count >= limit) return
    }
  }

  return { [Symbol.asyncIterator]: known, pages }
}

/** In turn, so that the first message that cannot be read is the one that is reported. */
export async function parseAll(
  messages: readonly Message[],
  parse: Parse,
): Promise<TypedMessage[]> {
  const parsed: TypedMessage[] = []
  for (const message of messages) {
    const parsing = parse(message)
    const known = parsing instanceof Promise ? await parsing : parsing
    if (known !== undefined) parsed.push(known)
  }
  return parsed
}
