import type { StandardSchemaV1 } from '@standard-schema/spec'
import { type } from 'arktype'
import fc from 'fast-check'
import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { defineCategory, follow, type Message } from '@mdb/core'

/** For what the types forbid, as a caller without types would write it. */
const untyped = (value: unknown): never => value as never

const stored: Message = {
  id: '0b4d1a0c-5c0e-4b7c-8d6c-0f6a3b0c9a11',
  type: 'Departed',
  streamName: 'airport-SEA',
  position: 3n,
  globalPosition: 17n,
  data: { delay: 12, at: '2024-07-01T12:00:00.000Z', seats: [{ row: 4 }] },
  metadata: undefined,
  time: new Date(0),
}
const place = {
  messageId: stored.id,
  streamName: 'airport-SEA',
  type: 'Departed',
  position: 3n,
  globalPosition: 17n,
}

describe.for<[string, StandardSchemaV1<unknown, { delay: number }>]>([
  [
    'Zod',
    z.object({
      delay: z.number(),
      at: z.iso.datetime().transform((at) => new Date(at)),
      seats: z.array(z.object({ row: z.number() })),
    }),
  ],
  [
    'Valibot',
    v.object({
      delay: v.number(),
      at: v.pipe(
        v.string(),
        v.isoTimestamp(),
        v.transform((at) => new Date(at)),
      ),
      seats: v.array(v.object({ row: v.number() })),
    }),
  ],
  [
    'ArkType',
    type({ delay: 'number', at: 'string.date.iso.parse', seats: type({ row: 'number' }).array() }),
  ],
  [
    'Zod, async',
    z.object({
      delay: z.number().refine(async (delay) => Promise.resolve(delay < 1000)),
      at: z.iso.datetime().transform(async (at) => Promise.resolve(new Date(at))),
      seats: z.array(z.object({ row: z.number() })),
    }),
  ],
])('a schema of %s', ([, schema]) => {
  const flights = defineCategory('airport', { Departed: schema })

  test('gives its output', async () => {
    const parsed = await flights.parse(stored)
    expect(parsed).toEqual({
      ...stored,
      data: { delay: 12, at: new Date('2024-07-01T12:00:00.000Z'), seats: [{ row: 4 }] },
    })
  })

  test('says which message is wrong, and where', async () => {
    const data = { delay: 'late', at: 'noon', seats: [{ row: 4 }, { row: 'x' }] }
    const error: unknown = await flights.parse({ ...stored, data }).catch((e: unknown) => e)
    expect(error).toMatchObject({ code: 'UNREADABLE_MESSAGE', problem: 'invalid', ...place })
    const { issues, message } = error as { issues: { path: string }[]; message: string }
    expect(issues.map(({ path }) => path).sort()).toEqual([
      'data.at',
      'data.delay',
      'data.seats[1].row',
    ])
    expect(message).toContain('The Departed at position 3 of "airport-SEA" (global position 17)')
    expect(message).toContain('data.seats[1].row: ')
  })

  test('is asked about missing data', async () => {
    await expect(flights.parse({ ...stored, data: undefined })).rejects.toMatchObject({
      problem: 'invalid',
      issues: expect.arrayContaining([expect.objectContaining({ path: 'data' })]),
    })
  })
})

describe('a message', () => {
  const flights = defineCategory('airport', { Departed: z.object({ delay: z.number() }) })

  test('of another category is refused', async () => {
    await expect(
      flights.parse({ ...stored, streamName: 'airport:command-SEA' }),
    ).rejects.toMatchObject({
      problem: 'another category',
      ...place,
      streamName: 'airport:command-SEA',
    })
  })

  test('without data is as Eventide writes data with nothing in it', async () => {
    const empty = defineCategory('airport', { Closed: z.object({}), Nothing: z.undefined() })
    const closed = { ...stored, type: 'Closed', data: undefined }
    expect((await empty.parse(closed)).data).toEqual({})
    expect((await empty.parse({ ...closed, type: 'Nothing' })).data).toBeUndefined()
    expect((await empty.parse({ ...closed, data: {} })).data).toEqual({})
    await expect(empty.parse({ ...closed, data: null })).rejects.toMatchObject({
      problem: 'invalid',
    })
  })

  test('is not changed', async () => {
    const given = structuredClone(stored)
    await flights.parse(given)
    expect(given).toEqual(stored)
  })

  test.for(['constructor', '__proto__', 'toString'])(
    'of type %s is of an unknown type',
    async (unknown) => {
      await expect(flights.parse({ ...stored, type: unknown })).rejects.toMatchObject({
        problem: 'unknown type',
      })
    },
  )
})

describe('a message of an unknown type', () => {
  const types = { Arrived: z.object({}) }

  test('is an error by default, that names the known ones', async () => {
    await expect(defineCategory('airport', types).parse(stored)).rejects.toMatchObject({
      problem: 'unknown type',
      issues: [{ path: 'type', message: 'is none of Arrived' }],
      ...place,
    })
  })

  test('is undefined when skipped', async () => {
    const skipping = defineCategory('airport', types, { unknownTypes: 'skip' })
    expect(await skipping.parse(stored)).toBeUndefined()
  })

  test('is as it was when passed, but for its type', async () => {
    const passing = defineCategory('airport', types, { unknownTypes: 'pass' })
    const { type: unknownType, ...rest } = stored
    expect(await passing.parse(stored)).toEqual({ ...rest, type: undefined, unknownType })
  })

  test('does not reach a handler when skipped', async () => {
    const skipping = defineCategory('airport', types, { unknownTypes: 'skip' })
    const handled: unknown[] = []
    const handler = skipping.handler((message, context: string) => {
      handled.push(message.type, context)
      return 'done'
    })
    expect(await handler(stored, 'first')).toBeUndefined()
    expect(await handler({ ...stored, type: 'Arrived' }, 'second')).toBe('done')
    expect(handled).toEqual(['Arrived', 'second'])
  })
})

describe('a schema that throws', () => {
  const cause = new Error('the schema is broken')
  const broken = (validate: StandardSchemaV1.Props['validate']): StandardSchemaV1 => ({
    '~standard': { version: 1, vendor: 'test', validate },
  })

  test.for<[string, StandardSchemaV1]>([
    [
      'at once',
      broken(() => {
        throw cause
      }),
    ],
    ['later', broken(async () => Promise.reject(cause))],
  ])('%s is not taken for data that is wrong', async ([, schema]) => {
    await expect(
      defineCategory('airport', { Departed: schema }).parse(stored),
    ).rejects.toMatchObject({
      code: 'UNREADABLE_MESSAGE',
      problem: 'schema failed',
      cause,
      ...place,
    })
  })

  test('paths of any kind are readable', async () => {
    const path = ['a', 0, { key: 'b c' }, '1', Symbol('s'), { key: '$d' }]
    const schema = broken(() => ({ issues: [{ message: 'wrong', path }, { message: 'whole' }] }))
    await expect(
      defineCategory('airport', { Departed: schema }).parse(stored),
    ).rejects.toMatchObject({
      issues: [
        { path: 'data.a[0]["b c"][1][s].$d', message: 'wrong' },
        { path: 'data', message: 'whole' },
      ],
    })
  })
})

describe('metadata', () => {
  const flights = defineCategory(
    'airport',
    { Departed: z.object({ delay: z.number() }) },
    { metadata: z.strictObject({ userId: z.coerce.number() }) },
  )
  const eventide = { correlationStreamName: 'booking-7', properties: { a: 1 }, schemaVersion: '1' }

  test('of one’s own is its schema’s output, beside Eventide’s', async () => {
    const message = { ...stored, metadata: { ...eventide, userId: '7' } }
    const parsed = await flights.parse(message)
    expect(parsed.metadata).toEqual({ ...eventide, userId: 7 })
    expect(follow(parsed, { type: 'A', data: {} }).metadata).toMatchObject({
      correlationStreamName: 'booking-7',
      properties: { a: 1 },
    })
  })

  test.for<[string, unknown, string]>([
    ['none', undefined, 'metadata'],
    ['a null', null, 'metadata'],
    ['a key that is not in its schema', { userId: 7, x: 1 }, 'metadata'],
    ['a text', 'x', 'metadata'],
    [
      'what Eventide would not write',
      { userId: 7, replyStreamName: 7 },
      'metadata.replyStreamName',
    ],
  ])('is wrong with %s', async ([, metadata, path]) => {
    await expect(flights.parse({ ...stored, metadata })).rejects.toMatchObject({
      problem: 'invalid',
      issues: [{ path }],
    })
  })

  test('is as it is without a schema', async () => {
    const plain = defineCategory('airport', { Departed: z.object({ delay: z.number() }) })
    for (const metadata of [undefined, null, 'x', { replyStreamName: 7 }]) {
      expect((await plain.parse({ ...stored, metadata })).metadata).toBe(metadata)
    }
  })
})

describe('an older schema version', () => {
  const moved = defineCategory('airport', {
    Departed: {
      data: z.object({ minutes: z.number(), from: z.string() }),
      schemaVersion: 3,
      upcast: {
        1: (data: { delay: number }) => ({ minutes: data.delay }),
        2: async (data: object, { streamName }) => Promise.resolve({ ...data, from: streamName }),
      },
    },
    Arrived: z.object({ gate: z.string() }),
  })
  const at = (schemaVersion: unknown, data: unknown) => ({
    ...stored,
    data,
    metadata: { schemaVersion },
  })
  const current = { minutes: 12, from: 'airport-SEA' }

  test.for<[string, Message]>([
    ['1, when none is written', { ...stored, data: { delay: 12 } }],
    ['1, when it is null', at(null, { delay: 12 })],
    ['1', at('1', { delay: 12 })],
    ['2', at('2', { minutes: 12 })],
    ['2, written as a number', at(2, { minutes: 12 })],
    ['3, the current one', at('3', current)],
  ])('%s, is read as the current one', async ([, message]) => {
    expect((await moved.parse(message)).data).toEqual(current)
  })

  test.for([
    ['4'],
    [4],
    ['1.1'],
    [''],
    ['x'],
    [0],
    ['01'],
    [1.5],
    [{}],
    [true],
    ['-1'],
    [2n ** 60n],
    [' 1'],
  ])('none that is known: %o', async ([version]) => {
    await expect(moved.parse(at(version, current))).rejects.toMatchObject({
      code: 'UNREADABLE_MESSAGE',
      problem: 'unknown schema version',
      ...place,
      issues: [
        {
          path: 'metadata.schemaVersion',
          message: expect.stringMatching(/^is .+\. Known are 1 to 3/),
        },
      ],
    })
  })

  test('is validated after the last step, not before', async () => {
    await expect(moved.parse(at('2', { minutes: 'twelve' }))).rejects.toMatchObject({
      problem: 'invalid',
      issues: [{ path: 'data.minutes' }],
    })
  })

  test('whose upcast throws says which', async () => {
    await expect(moved.parse(at('1', undefined))).rejects.toMatchObject({
      problem: 'upcast failed',
      ...place,
      cause: expect.any(TypeError),
      issues: [{ path: 'data', message: expect.stringContaining('upcast from version 1 threw') }],
    })
  })

  test('does not matter for a type that declares none', async () => {
    const arrived = { ...at('1.1', { gate: 'A1' }), type: 'Arrived' }
    expect((await moved.parse(arrived)).data).toEqual({ gate: 'A1' })
  })

  test('through any number of steps is each step once, in order', async () => {
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 12 }), fc.nat(), async (current, seed) => {
        const from = (seed % current) + 1
        const step = (version: number) => (data: unknown) => [...(data as number[]), version]
        const upcast = Object.fromEntries(
          Array.from({ length: current - 1 }, (_, i) => [i + 1, step(i + 1)]),
        )
        const stepped = defineCategory('airport', {
          Departed: { data: z.array(z.number()), schemaVersion: current, upcast },
        })
        const { data } = await stepped.parse(at(String(from), []))
        expect(data).toEqual(Array.from({ length: current - from }, (_, i) => from + i))
      }),
    )
  })
})

describe('defineCategory', () => {
  const schema = z.object({})
  const upcast = { 1: (data: unknown) => data }

  test('names streams', () => {
    const flights = defineCategory('airport', { Departed: schema, Arrived: schema })
    expect(flights.streamName('SEA')).toBe('airport-SEA')
    expect(flights.streamName(['SEA', 'JFK'])).toBe('airport-SEA+JFK')
    expect(flights).toMatchObject({ name: 'airport', types: ['Departed', 'Arrived'] })
    expect(() => flights.streamName('')).toThrow(
      expect.objectContaining({ code: 'INVALID_STREAM_NAME' }),
    )
  })

  test.for<[string, () => unknown, object]>([
    ['a name with an id', () => defineCategory('a-1', { A: schema }), { code: 'NOT_A_CATEGORY' }],
    ['no name', () => defineCategory('', { A: schema }), { code: 'INVALID_STREAM_NAME' }],
    ['no types', () => defineCategory('a', {}), { code: 'INVALID_CATEGORY', type: undefined }],
    [
      'a type without a name',
      () => defineCategory('a', { '': schema }),
      { code: 'INVALID_MESSAGE' },
    ],
    ['no schema', () => defineCategory('a', { A: untyped({}) }), { type: 'A' }],
    ['null for a schema', () => defineCategory('a', { A: untyped(null) }), { type: 'A' }],
    [
      'a version that is none',
      () => defineCategory('a', { A: { data: schema, schemaVersion: 1.5 } }),
      { type: 'A', message: expect.stringContaining('1.5') },
    ],
    [
      'a missing upcast',
      () => defineCategory('a', { A: untyped({ data: schema, schemaVersion: 4, upcast }) }),
      { type: 'A', message: expect.stringContaining('2, 3') },
    ],
    [
      'an upcast from the current version',
      () => defineCategory('a', { A: { data: schema, upcast } }),
      { type: 'A', message: expect.stringContaining('for 1, but its schema version is 1') },
    ],
    [
      'a policy that is none',
      () => defineCategory('a', { A: schema }, { unknownTypes: untyped('ignore') }),
      { message: expect.stringContaining('ignore') },
    ],
    [
      'metadata without a schema',
      () => defineCategory('a', { A: schema }, { metadata: untyped({}) }),
      { code: 'INVALID_CATEGORY' },
    ],
  ])('refuses %s', ([, define, expected]) => {
    expect(define).toThrow(expect.objectContaining(expected))
  })
})
