import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'
import { afterAll, describe, expect, test } from 'vitest'
import {
  type Condition,
  type ConditionColumns,
  createMessageStore,
  MessageStoreError,
  streamName,
} from '@mdb/core'
import { getCategoryMessages } from '@mdb/core/functions'

// Nothing listens there: whatever is sent fails as a connection, not as a validation.
const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
const store = createMessageStore(db)
afterAll(async () => db.destroy())

const message = { type: 'A', data: 1 }
/** For what the types forbid, as a caller without types would write it. */
const untyped = (value: unknown): never => value as never
const circular: Record<string, unknown> = { list: [] }
circular['list'] = [circular]

async function refusal(call: () => Promise<unknown>): Promise<Record<string, unknown>> {
  const error: unknown = await call().catch((reason: unknown) => reason)
  expect(error).toBeInstanceOf(MessageStoreError)
  return { ...(error as object), message: (error as Error).message }
}

test('what is valid is sent', async () => {
  await expect(store.streamVersion('x-1')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

describe('a write is refused before it is sent', () => {
  test.for<[string, unknown, string]>([
    ['an empty stream name', '', 'INVALID_STREAM_NAME'],
    ['a stream name that is no string', 7, 'INVALID_STREAM_NAME'],
    ['a NUL in the stream name', 'x-\0', 'INVALID_STREAM_NAME'],
    ['half a surrogate pair in the stream name', 'x-\ud800', 'INVALID_STREAM_NAME'],
  ])('%s', async ([, name, code]) => {
    expect(await refusal(async () => store.writeMessage(untyped(name), message))).toMatchObject({
      code,
      streamName: name,
    })
  })

  test.for<[string, object, string, string]>([
    ['no type', { data: 1 }, 'INVALID_MESSAGE', 'type'],
    ['an empty type', { type: '', data: 1 }, 'INVALID_MESSAGE', 'type'],
    ['a NUL in the type', { type: '\0', data: 1 }, 'INVALID_MESSAGE', 'type'],
    ['no data', { type: 'A' }, 'INVALID_MESSAGE', 'data'],
    ['a bigint', { type: 'A', data: { a: [1, 2n] } }, 'INVALID_MESSAGE', 'data.a[1]'],
    ['a function', { type: 'A', data: { a: () => 1 } }, 'INVALID_MESSAGE', 'data.a'],
    ['a symbol', { type: 'A', data: Symbol('a') }, 'INVALID_MESSAGE', 'data'],
    ['not a number', { type: 'A', data: { a: Number.NaN } }, 'INVALID_MESSAGE', 'data.a'],
    ['infinity', { type: 'A', data: -Infinity }, 'INVALID_MESSAGE', 'data'],
    ['a map', { type: 'A', data: { a: [new Map([['b', 1]])] } }, 'INVALID_MESSAGE', 'data.a[0]'],
    ['bytes', { type: 'A', data: { a: new Uint8Array([1]) } }, 'INVALID_MESSAGE', 'data.a'],
    ['a circle', { type: 'A', data: circular }, 'INVALID_MESSAGE', 'data.list[0]'],
    ['a NUL', { type: 'A', data: ['a\0'] }, 'INVALID_MESSAGE', 'data[0]'],
    ['a NUL in a key', { type: 'A', data: { '\0': 1 } }, 'INVALID_MESSAGE', 'data'],
    ['half a pair', { type: 'A', data: '\udc00' }, 'INVALID_MESSAGE', 'data'],
    ['metadata', { type: 'A', data: 1, metadata: { a: 1n } }, 'INVALID_MESSAGE', 'metadata.a'],
  ])('%s in the message', async ([, invalid, code, path]) => {
    const write = async (): Promise<unknown> => store.writeMessage('x-1', untyped(invalid))
    expect(await refusal(write)).toMatchObject({ code, path })
  })

  test.for(['', 'abc', '{6e8bc430-9c3a-11d9-9669-0800200c9a66}', 7, null])('id %j', async (id) => {
    const write = async (): Promise<unknown> =>
      store.writeMessage('x-1', { ...message, id: untyped(id) })
    expect(await refusal(write)).toMatchObject({ code: 'INVALID_MESSAGE_ID', messageId: id })
  })

  test.for<[unknown, string]>([
    [4, 'write 4n'],
    [-2n, '-1n or more'],
    [2n ** 63n, '-1n or more'],
    ['none', "'no-stream'"],
    [null, "'no-stream'"],
  ])('expected version %s', async ([expectedVersion, hint]) => {
    const write = async (): Promise<unknown> =>
      store.writeMessage('x-1', message, { expectedVersion: untyped(expectedVersion) })
    expect(await refusal(write)).toMatchObject({
      code: 'INVALID_EXPECTED_VERSION',
      expectedVersion,
      message: expect.stringContaining(hint),
    })
  })
})

describe('a read is refused before it is sent', () => {
  test.for<[string, () => Promise<unknown>, object]>([
    [
      'a category as a stream',
      async () => store.getStreamMessages('airport'),
      { code: 'NOT_A_STREAM_NAME', streamName: 'airport' },
    ],
    [
      'a stream as a category',
      async () => store.getCategoryMessages('airport-1'),
      { code: 'NOT_A_CATEGORY', category: 'airport-1' },
    ],
    [
      'an empty category',
      async () => store.getCategoryMessages(''),
      { code: 'INVALID_STREAM_NAME' },
    ],
    ['an empty stream name', async () => store.streamVersion(''), { code: 'INVALID_STREAM_NAME' }],
    [
      'an empty type',
      async () => store.getLastStreamMessage('x-1', { type: '' }),
      { code: 'INVALID_MESSAGE' },
    ],
    [
      'a stream as correlation',
      async () => store.getCategoryMessages('x', { correlation: 'y-1' }),
      { code: 'CORRELATION_NOT_A_CATEGORY', correlation: 'y-1' },
    ],
    [
      'a negative position',
      async () => store.getStreamMessages('x-1', { position: -1n }),
      { code: 'INVALID_POSITION', position: -1n },
    ],
    [
      'a position beyond bigint',
      async () => store.getCategoryMessages('x', { position: 2n ** 63n }),
      { code: 'INVALID_POSITION' },
    ],
    [
      'a position as a number',
      async () => store.getStreamMessages('x-1', { position: untyped(4) }),
      { code: 'INVALID_POSITION', message: expect.stringContaining('write 4n') },
    ],
  ])('%s', async ([, read, expected]) => {
    expect(await refusal(read)).toMatchObject(expected)
  })

  test.for([0, -1, 1.5, Number.NaN, Infinity, '10', null])('batch size %s', async (batchSize) => {
    const options = { batchSize: untyped(batchSize) }
    const expected = { code: 'INVALID_BATCH_SIZE', batchSize }
    expect(await refusal(async () => store.getStreamMessages('x-1', options))).toMatchObject(
      expected,
    )
    expect(await refusal(async () => store.getCategoryMessages('x', options))).toMatchObject(
      expected,
    )
  })

  test.for<[unknown, unknown, string]>([
    [0, 0, 'size too small'],
    [0, -4, 'size too small'],
    [0, 32_768, 'size too large'],
    [-1, 4, 'negative member'],
    [4, 4, 'member not below size'],
    [0.5, 4, 'not integers'],
    [0, '4', 'not integers'],
    [undefined, 4, 'incomplete'],
    [0, undefined, 'incomplete'],
  ])('member %s of a group of %s', async ([member, size, problem]) => {
    const consumerGroup = untyped({ member, size })
    const read = async (): Promise<unknown> => store.getCategoryMessages('x', { consumerGroup })
    expect(await refusal(read)).toMatchObject({
      code: 'INVALID_CONSUMER_GROUP',
      problem,
      member,
      size,
    })
  })

  test.for<[string, unknown]>([
    ['undefined', sql<boolean>`type = ${undefined}`],
    ['a symbol', sql<boolean>`type = ${Symbol('x')}`],
    ['binary data', sql<boolean>`type = ${new Uint8Array(1)}`],
    ['an invalid date', sql<boolean>`time = ${new Date(Number.NaN)}`],
    ['a NUL', sql<boolean>`type = ${'\0'}`],
    ['nothing', sql<boolean>``],
  ])('a condition with %s', async ([, condition]) => {
    const read = async (): Promise<unknown> =>
      store.getCategoryMessages('x', { condition: untyped(condition) })
    expect(await refusal(read)).toMatchObject({ code: 'INVALID_CONDITION' })
  })

  const others = sql<ConditionColumns>`message_store.messages`
  test.for<[string, Condition]>([
    [
      'another alias',
      ({ exists, selectFrom }) =>
        exists(
          selectFrom(others.as('messages')).select('id').whereRef('messages.id', '>', 'message.id'),
        ),
    ],
    [
      'another alias',
      ({ exists, selectFrom }) =>
        exists(
          selectFrom(others.as('message')).where(({ exists: within }) =>
            within(
              selectFrom(others.as('inner')).select('id').whereRef('inner.id', '>', 'message.id'),
            ),
          ),
        ),
    ],
    ['no table', ({ exists, selectFrom }) => exists(selectFrom('message as other').select('id'))],
  ])('a condition whose subquery hides the row: %s', async ([said, condition]) => {
    const read = async (): Promise<unknown> => store.getCategoryMessages('x', { condition })
    expect(await refusal(read)).toMatchObject({
      code: 'INVALID_CONDITION',
      message: expect.stringContaining(said),
    })
  })
})

test('an expression refuses when it is made', () => {
  expect(() => getCategoryMessages('x-1')).toThrow(MessageStoreError)
})

describe('a stream name is not built', () => {
  test.for<[string, unknown, string]>([
    ['a-b', '1', 'NOT_A_CATEGORY'],
    ['', '1', 'INVALID_STREAM_NAME'],
    ['a', '', 'INVALID_STREAM_NAME'],
    ['a', [], 'INVALID_STREAM_NAME'],
    ['a', ['1', ''], 'INVALID_STREAM_NAME'],
  ])('of %j and %j', ([category, id, code]) => {
    expect(() => streamName(category, untyped(id))).toThrow(expect.objectContaining({ code }))
  })
})

describe('a batch is refused before it is sent, with the index of what is wrong', () => {
  const good = { type: 'A', data: 1 }
  test.for<[string, unknown, object]>([
    ['no type', { data: 1 }, { code: 'INVALID_MESSAGE', path: 'type' }],
    ['a bigint', { type: 'A', data: { a: 1n } }, { code: 'INVALID_MESSAGE', path: 'data.a' }],
    ['an id', { ...good, id: 'abc' }, { code: 'INVALID_MESSAGE_ID', messageId: 'abc' }],
  ])('%s', async ([, bad, expected]) => {
    const messages = untyped([good, good, bad])
    const about = { ...expected, index: 2, message: expect.stringMatching(/^messages\[2\]: /) }
    expect(await refusal(async () => store.writeMessages('x-1', messages))).toMatchObject(about)
    const entries = [good, good, bad].map((message) => ({ streamName: 'x-1', message }))
    expect(await refusal(async () => store.writeToStreams(untyped(entries)))).toMatchObject(about)
  })

  test('a stream name or an expected version of its own', async () => {
    const entry = { streamName: 'x-1', message: good }
    const write = async (bad: object): Promise<Record<string, unknown>> =>
      refusal(async () => store.writeToStreams(untyped([entry, { ...entry, ...bad }])))
    expect(await write({ streamName: '' })).toMatchObject({ code: 'INVALID_STREAM_NAME', index: 1 })
    expect(await write({ expectedVersion: 4 })).toMatchObject({
      code: 'INVALID_EXPECTED_VERSION',
      index: 1,
    })
  })

  test("the call's own, even of no messages", async () => {
    expect(await refusal(async () => store.writeMessages('', []))).toMatchObject({
      code: 'INVALID_STREAM_NAME',
      index: undefined,
    })
    const write = async (): Promise<unknown> =>
      store.writeMessages('x-1', [], { expectedVersion: untyped('none') })
    expect(await refusal(write)).toMatchObject({ code: 'INVALID_EXPECTED_VERSION' })
  })
})
