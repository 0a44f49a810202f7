import type { Message, NewMessage } from '@mdb/core'

type Optional<T> = { readonly [K in keyof T]?: T[K] | undefined }

/** What a test says of a message. What it does not say, or says to be `undefined`, may be anything. */
export interface ExpectedMessage extends Optional<Omit<Message, 'type' | 'data'>> {
  readonly type: string
  /** All of the data; `undefined` is SQL NULL. Left out, it may be any. */
  readonly data?: unknown
}

/** What was expected, from a builder's message or as it is. */
export function expectedOf(
  expected: ExpectedMessage | { readonly streamName: string; readonly message: NewMessage },
): ExpectedMessage {
  const said =
    'message' in expected ? { streamName: expected.streamName, ...expected.message } : expected
  const spoken = Object.entries(said).filter(
    ([key, value]) => key === 'data' || value !== undefined,
  )
  return Object.fromEntries(spoken) as unknown as ExpectedMessage
}

/**
 * The messages as far as the expected ones speak of them, so that the two compare, and print, side by
 * side: the same keys, of metadata those that are expected, and what an asymmetric matcher
 * (`expect.any(String)`) accepts stands as that matcher.
 */
export function asExpected(
  messages: readonly Message[],
  expected: readonly ExpectedMessage[],
): readonly object[] {
  return messages.map((message, index) => {
    const { streamName, type, data } = message
    const like = expected[index]
    if (like === undefined) return { streamName, type, data }
    return partOf(message, like)
  })
}

/** The part of an object that another one speaks of. */
export function partOf(actual: object, expected: object): object {
  return Object.fromEntries(
    Object.entries(expected).map(([key, value]) => {
      const found = (actual as Readonly<Record<string, unknown>>)[key]
      const isPart = key === 'metadata' && isPlain(found) && isPlain(value)
      return [key, isPart ? partOf(found, value) : accepted(found, value)]
    }),
  )
}

function accepted(actual: unknown, expected: unknown): unknown {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? expected : actual
  if (Array.isArray(actual) && Array.isArray(expected)) {
    return actual.map((each: unknown, index) => accepted(each, expected[index]))
  }
  if (isPlain(actual) && isPlain(expected)) {
    const entries = Object.entries(actual)
    return Object.fromEntries(entries.map(([key, value]) => [key, accepted(value, expected[key])]))
  }
  return actual
}

function isMatcher(value: unknown): value is { asymmetricMatch(actual: unknown): boolean } {
  return typeof value === 'object' && value !== null && 'asymmetricMatch' in value
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    Object.prototype.toString.call(value) === '[object Object]' &&
    !isMatcher(value)
  )
}
