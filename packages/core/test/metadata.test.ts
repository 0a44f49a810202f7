import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  correlated,
  follow,
  follows,
  type Message,
  type Metadata,
  metadataOf,
  type NewMessage,
  reply,
  writtenMetadata,
} from '@mdb/core'

/**
 * What Eventide itself writes. The texts came from running its code (github.com/eventide-project:
 * messaging 2.7.0.3, message-store 2.4.0.1, and what they load) on the values below:
 * `Metadata#follow`, `Message::Export`, then `Transform::Write.(MessageData::Hash[…], :json)`, as
 * lib/message_store/postgres/put.rb does.
 */
const golden = {
  written:
    '{"causationMessageStreamName":"someCausation","causationMessagePosition":11,"causationMessageGlobalPosition":111,"correlationStreamName":"flight-7","replyStreamName":"tower-1","properties":{"someProperty":"some property value"},"localProperties":{"someLocalProperty":"some local property value"},"schemaVersion":"1.1"}',
  following:
    '{"causationMessageStreamName":"airport-SEA","causationMessagePosition":1,"causationMessageGlobalPosition":222,"correlationStreamName":"flight-7","replyStreamName":"tower-1","properties":{"someProperty":"some property value"}}',
  replying:
    '{"causationMessageStreamName":"airport-SEA","causationMessagePosition":1,"causationMessageGlobalPosition":222,"correlationStreamName":"flight-7","properties":{"someProperty":"some property value"}}',
  followingBare:
    '{"causationMessageStreamName":"airport-SEA","causationMessagePosition":1,"causationMessageGlobalPosition":222}',
  merging:
    '{"causationMessageStreamName":"airport-SEA","causationMessagePosition":1,"causationMessageGlobalPosition":222,"correlationStreamName":"flight-7","replyStreamName":"tower-1","properties":{"someProperty":"some property value","otherProperty":{"deepKey":[1]}},"localProperties":{"kept":true},"schemaVersion":"2"}',
}

const written: Metadata = {
  schemaVersion: '1.1',
  localProperties: { someLocalProperty: 'some local property value' },
  properties: { someProperty: 'some property value' },
  replyStreamName: 'tower-1',
  correlationStreamName: 'flight-7',
  causationMessageGlobalPosition: 111,
  causationMessagePosition: 11,
  causationMessageStreamName: 'someCausation',
}
const source: Message = {
  id: '0b4d1a0c-5c0e-4b7c-8d6c-0f6a3b0c9a11',
  type: 'FlightDeparted',
  streamName: 'airport-SEA',
  position: 1n,
  globalPosition: 222n,
  data: {},
  metadata: written,
  time: new Date(0),
}
const bare: Message = { ...source, metadata: undefined }
const subsequent = { type: 'AlertRaised', data: { delay: 12 } }
const json = ({ metadata }: NewMessage): string => JSON.stringify(metadata)
/** For what the types forbid, as others may have written it. */
const untyped = (value: unknown): never => value as never

describe('as Eventide writes it', () => {
  test('metadata', () => {
    expect(JSON.stringify(writtenMetadata(written))).toBe(golden.written)
  })

  test('follow', () => {
    expect(json(follow(source, subsequent))).toBe(golden.following)
  })

  test('reply', () => {
    const { streamName, message } = reply(source, subsequent)
    expect(streamName).toBe('tower-1')
    expect(json(message)).toBe(golden.replying)
  })

  test('correlation and reply stream names are copied even when absent', () => {
    const metadata = { correlationStreamName: 'own-1', replyStreamName: 'own-2' }
    expect(json(follow(bare, { ...subsequent, metadata }))).toBe(golden.followingBare)
  })

  test('properties merge, the source wins; what is local stays, what is own stays', () => {
    const metadata: Metadata = {
      properties: { someProperty: 'mine', otherProperty: { deepKey: [1] } },
      localProperties: { kept: true },
      schemaVersion: '2',
    }
    expect(json(follow(source, { ...subsequent, metadata }))).toBe(golden.merging)
    expect(metadata.properties).toEqual({ someProperty: 'mine', otherProperty: { deepKey: [1] } })
  })
})

describe('writtenMetadata', () => {
  test('leaves out what is empty and what is transient, and keeps keys of your own last', () => {
    const given = {
      userId: '7',
      nothing: undefined,
      none: null,
      streamName: 'x-1',
      position: 1,
      globalPosition: 2,
      time: 'now',
      properties: {},
      localProperties: {},
      replyStreamName: null,
      correlationStreamName: '',
      schemaVersion: undefined,
    }
    expect(JSON.stringify(writtenMetadata(untyped(given)))).toBe(
      '{"correlationStreamName":"","userId":"7","none":null}',
    )
  })

  test.for([{}, { properties: {}, localProperties: {} }, { replyStreamName: null }])(
    'is undefined, which is SQL NULL, for %j',
    (metadata) => {
      expect(writtenMetadata(metadata)).toBeUndefined()
    },
  )
})

describe('follow', () => {
  test('keeps keys of your own, and takes none from the source', () => {
    const audited = { ...source, metadata: { ...written, userId: '7' } }
    const { metadata } = follow(audited, { ...subsequent, metadata: { traceId: 't' } })
    expect(metadata.traceId).toBe('t')
    expect(metadata).not.toHaveProperty('userId')
  })

  test('keeps the message, and changes neither', () => {
    const message = { id: source.id, ...subsequent, metadata: { properties: { a: 1 } } }
    const before = structuredClone({ source, message })
    expect(follow(source, message)).toMatchObject({ id: source.id, ...subsequent })
    expect({ source, message }).toEqual(before)
  })

  test('a position beyond 2^53 is a bigint, which only a codec for them writes', () => {
    const far = { ...bare, position: 2n ** 53n - 1n, globalPosition: 2n ** 53n }
    const following = follow(far, subsequent)
    expect(following.metadata).toEqual({
      causationMessageStreamName: 'airport-SEA',
      causationMessagePosition: 9007199254740991,
      causationMessageGlobalPosition: 9007199254740992n,
    })
    expect(follows(far, following)).toBe(true)
  })

  test.for<[string, unknown, string]>([
    ['a text', 'none', 'metadata'],
    ['an array', [], 'metadata'],
    ['a correlation that is a number', { correlationStreamName: 7 }, 'correlationStreamName'],
    ['a reply stream that is an object', { replyStreamName: {} }, 'replyStreamName'],
    ['properties in an array', { properties: [1] }, 'properties'],
    ['a fraction of a position', { causationMessagePosition: 1.5 }, 'causationMessagePosition'],
    ['a version that is a number', { schemaVersion: 2 }, 'schemaVersion'],
  ])('refuses %s', ([, metadata, key]) => {
    const path = key === 'metadata' ? key : `metadata.${key}`
    expect(() => follow({ ...source, metadata }, subsequent)).toThrow(
      expect.objectContaining({
        code: 'INVALID_METADATA',
        path,
        streamName: 'airport-SEA',
        position: 1n,
        message: expect.stringContaining('at position 1 of "airport-SEA"'),
      }),
    )
    expect(() => follow(source, { ...subsequent, metadata: untyped(metadata) })).toThrow(
      expect.objectContaining({ code: 'INVALID_METADATA', path, streamName: undefined }),
    )
  })
})

describe('reply', () => {
  test.for([undefined, null, {}, { replyStreamName: null }])(
    'needs a reply stream name, and %j has none',
    (metadata) => {
      expect(() => reply({ ...source, metadata }, subsequent)).toThrow(
        expect.objectContaining({
          code: 'NO_REPLY_STREAM',
          streamName: 'airport-SEA',
          position: 1n,
        }),
      )
    },
  )

  test('does not follow in the sense of follows, as in Eventide', () => {
    expect(follows(source, reply(source, subsequent).message)).toBe(false)
  })
})

describe('follows', () => {
  const following = follow(source, subsequent)

  test.for<[string, Metadata]>([
    ['another stream', { causationMessageStreamName: 'airport-JFK' }],
    ['no stream', { causationMessageStreamName: undefined }],
    ['another position', { causationMessagePosition: 2 }],
    ['no position', { causationMessagePosition: undefined }],
    ['another global position', { causationMessageGlobalPosition: 223 }],
    ['no global position', { causationMessageGlobalPosition: null }],
    ['another correlation', { correlationStreamName: 'flight-8' }],
    ['another reply stream', { replyStreamName: 'tower-2' }],
  ])('not with %s', ([, change]) => {
    expect(follows(source, following)).toBe(true)
    expect(follows(source, { metadata: { ...following.metadata, ...change } })).toBe(false)
  })

  test('a correlation of its own does not matter where the source has none', () => {
    const { metadata } = follow(bare, subsequent)
    const correlatedAlone = {
      ...metadata,
      correlationStreamName: 'own-1',
      replyStreamName: 'own-2',
    }
    expect(follows(bare, { metadata: correlatedAlone })).toBe(true)
  })

  test('not by a position that JSON.parse has rounded', () => {
    const far = { ...bare, position: 2n ** 53n + 1n }
    const text = json(follow(bare, subsequent)).replace('"causationMessagePosition":1', () => {
      return '"causationMessagePosition":9007199254740993'
    })
    expect(text).toContain('9007199254740993')
    for (const position of [2n ** 53n, 2n ** 53n + 1n]) {
      expect(follows({ ...far, position }, { metadata: JSON.parse(text) })).toBe(false)
    }
  })
})

test.for<[string, unknown, boolean]>([
  ['flight', 'flight-7', true],
  ['flight', 'flight', true],
  ['flight', 'flights-7', false],
  ['flight-7', 'flight-7', true],
  ['flight-7', 'flight-8', false],
  ['flight-7', 'flight', false],
  ['flight', null, false],
  ['flight', undefined, false],
])('correlated(%s) with %s is %s', ([name, correlationStreamName, expected]) => {
  expect(correlated(name, { metadata: { correlationStreamName } })).toBe(expected)
})

describe('whatever the metadata', () => {
  const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
  const properties = optional(fc.dictionary(fc.string(), fc.jsonValue()))
  const position = optional(fc.nat())
  const anyMetadata = fc.record({
    causationMessageStreamName: optional(fc.string()),
    causationMessagePosition: position,
    causationMessageGlobalPosition: position,
    correlationStreamName: optional(fc.string()),
    replyStreamName: optional(fc.string()),
    properties,
    localProperties: properties,
    schemaVersion: optional(fc.string()),
    userId: optional(fc.string()),
  })
  const anySource = fc.record({
    streamName: fc.string(),
    position: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
    globalPosition: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }),
    metadata: optional(anyMetadata),
  })

  test('what follows, follows', () => {
    fc.assert(
      fc.property(anySource, anyMetadata, (preceding, metadata) => {
        const following = follow(preceding, { ...subsequent, metadata })
        expect(follows(preceding, following)).toBe(true)
        expect(following.metadata.localProperties).toEqual(
          writtenMetadata(metadata)?.localProperties,
        )
        expect(following.metadata.schemaVersion).toBe(metadata.schemaVersion)
        expect(following.metadata.userId).toBe(metadata.userId)
      }),
    )
  })

  test('following twice is following once', () => {
    fc.assert(
      fc.property(anySource, anyMetadata, (preceding, metadata) => {
        const once = follow(preceding, { ...subsequent, metadata })
        expect(follow(preceding, once)).toEqual(once)
      }),
    )
  })

  test('written is written once, and read as it was', () => {
    fc.assert(
      fc.property(anyMetadata, (metadata) => {
        const once = writtenMetadata(metadata)
        expect(writtenMetadata(once ?? {})).toEqual(once)
        const { userId: _, ...eventide } = once ?? {}
        expect(metadataOf({ metadata: once })).toEqual(eventide)
      }),
    )
  })
})
