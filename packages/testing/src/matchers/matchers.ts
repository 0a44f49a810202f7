import type { Message, MessageStore, NewMessage } from '@mdb/core'
import { asExpected, expectedOf, type ExpectedMessage } from '../scenario/as-expected.ts'

/** What a matcher answers, in Vitest and in Jest. */
export interface MatcherResult {
  readonly pass: boolean
  readonly message: () => string
  readonly actual?: unknown
  readonly expected?: unknown
}

/** What of Vitest's and Jest's `this` is used. */
interface MatcherContext {
  readonly equals: (a: unknown, b: unknown) => boolean
  readonly isNot: boolean
  readonly utils: {
    readonly diff: (a: unknown, b: unknown) => string | null | undefined
  }
}

type Reader = Pick<MessageStore<never>, 'getStreamMessages' | 'streamVersion'>
type Expected = ExpectedMessage | { readonly streamName: string; readonly message: NewMessage }

/** The matchers, as methods of `expect(…)`: `R` is what they return. */
export interface MessageStoreMatchers<R = unknown> {
  /**
   * A store has exactly these messages in a stream, as far as each one speaks: `type`, and `data`,
   * `metadata` (the keys that are named), `id` and positions where they are given.
   */
  toHaveMessages(streamName: string, messages: readonly Expected[]): Promise<R>
  /** A store has a stream at this version, or, `undefined`, has no such stream. */
  toHaveStreamVersion(streamName: string, version: bigint | undefined): Promise<R>
  /** A message, a subscription, anything with a `position`, is at this one. */
  toBeAtPosition(position: bigint | undefined): R
  /** Messages that were read are these, as far as each one speaks. */
  toMatchMessages(messages: readonly Expected[]): R
}

function compare(
  { equals, utils, isNot }: MatcherContext,
  what: string,
  actual: unknown,
  expected: unknown,
): MatcherResult {
  const pass = equals(actual, expected)
  const difference = isNot ? '' : `\n\n${utils.diff(expected, actual) ?? ''}`
  return {
    pass,
    message: () => `Expected ${what} ${isNot ? 'not ' : ''}to be as given.${difference}`,
    actual,
    expected,
  }
}

/**
 * The matchers of {@link MessageStoreMatchers}, for `expect.extend` of Jest, Bun and others. For Vitest
 * import `@mdb/testing/vitest/matchers`, which also types them.
 */
export const matchers = {
  async toHaveMessages(
    this: MatcherContext,
    store: Reader,
    streamName: string,
    expected: readonly Expected[],
  ): Promise<MatcherResult> {
    const actual = await store.getStreamMessages(streamName, { batchSize: 'unlimited' })
    const wanted = expected.map((each) => ({ streamName, ...expectedOf(each) }))
    return compare(this, `the messages of ${streamName}`, asExpected(actual, wanted), wanted)
  },

  async toHaveStreamVersion(
    this: MatcherContext,
    store: Reader,
    streamName: string,
    version: bigint | undefined,
  ): Promise<MatcherResult> {
    const actual = await store.streamVersion(streamName)
    return compare(this, `the version of ${streamName}`, actual, version)
  },

  toBeAtPosition(
    this: MatcherContext,
    received: { readonly position: bigint | undefined },
    position: bigint | undefined,
  ): MatcherResult {
    return compare(this, 'the position', received.position, position)
  },

  toMatchMessages(
    this: MatcherContext,
    received: readonly Message[],
    expected: readonly Expected[],
  ): MatcherResult {
    const wanted = expected.map(expectedOf)
    return compare(this, 'the messages', asExpected(received, wanted), wanted)
  },
}
