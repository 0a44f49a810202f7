import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { bigintJson, createMessageStore, follow, follows, type JsonCodec } from '@mdb/core'
import { writeMessage } from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

const beyond = 2n ** 53n + 1n
const rawJson = (text: string): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(text)

export function jsonContract(test: MessageStoreTest): void {
  describe('what PostgreSQL makes of numbers', () => {
    test.for<[text: string, plain: unknown, withBigints: unknown, kept?: string]>([
      ['1.0', 1, 1, '1.0'],
      ['0.10', 0.1, 0.1, '0.10'],
      ['1E+2', 100, 100, '100'],
      ['1e-7', 1e-7, 1e-7, '0.0000001'],
      ['-0', 0, 0, '0'],
      ['-0.0', 0, 0, '0.0'],
      ['9007199254740993', 9007199254740992, beyond],
      ['1e21', 1e21, 10n ** 21n, `1${'0'.repeat(21)}`],
      ['1e400', Infinity, 10n ** 400n, `1${'0'.repeat(400)}`],
      ['1e-400', 0, 0, `0.${'0'.repeat(399)}1`],
      ['0.12345678901234567890', 0.12345678901234568, 0.12345678901234568],
    ])('%s', async ([text, plain, withBigints, kept = text], { store, db }) => {
      await store.writeMessage('number-1', { type: 'Any', data: rawJson(text) })
      const { rows } = await sql`select data::text from message_store.messages`.execute(db)
      expect(rows).toEqual([{ data: kept }])
      expect((await store.getLastStreamMessage('number-1'))?.data).toStrictEqual(plain)
      const exact = createMessageStore(db, { json: bigintJson })
      expect((await exact.getLastStreamMessage('number-1'))?.data).toStrictEqual(withBigints)
    })

    test('a number too long for it is refused by the server', async ({ store, db }) => {
      const tooLong = { type: 'Any', data: { n: rawJson('1e131072') } }
      await expect(store.writeMessage('number-1', tooLong)).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        message: expect.stringContaining('overflow'),
        cause: { code: '22003' },
      })
      const exact = createMessageStore(db, { json: bigintJson })
      const bigint = { type: 'Any', data: 10n ** 131072n }
      await expect(exact.writeMessage('number-1', bigint)).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
      })
      await exact.writeMessage('number-1', { type: 'Any', data: 10n ** 131071n })
      expect((await exact.getLastStreamMessage('number-1'))?.data).toBe(10n ** 131071n)
    })

    test('keys come in another order, and the last of two that are equal', async ({ store }) => {
      await store.writeMessage('key-1', { type: 'Any', data: rawText('{"bb":1,"a":2,"a":3}') })
      const read = createMessageStore(store.db, { json: textJson })
      expect((await read.getLastStreamMessage('key-1'))?.data).toBe('{"a": 3, "bb": 1}')

      function rawText(text: string): unknown {
        return { toJSON: () => JSON.parse(text) as unknown }
      }
    })
  })

  describe('bigintJson', () => {
    const data = { id: beyond, list: [-(2n ** 64n), 12, '9007199254740993'] }

    test('keeps integers in data and metadata, in every read', async ({ db }) => {
      const store = createMessageStore(db, { json: bigintJson })
      const written = { data, metadata: { at: beyond } }
      await store.writeMessage('big-1', { type: 'Any', ...written })
      const [inStream] = await store.getStreamMessages('big-1')
      const [inCategory] = await store.getCategoryMessages('big')
      const last = await store.getLastStreamMessage('big-1')
      expect([inStream, inCategory, last]).toMatchObject([written, written, written])
      const { rows } = await sql`select data->>'id' as id from message_store.messages`.execute(db)
      expect(rows).toEqual([{ id: '9007199254740993' }])
    })

    test('goes along into a transaction', async ({ db }) => {
      const store = createMessageStore(db, { json: bigintJson })
      await db.transaction().execute(async (trx) => {
        const inside = store.using(trx)
        expect(inside.json).toBe(bigintJson)
        await inside.writeMessage('big-1', { type: 'Any', data })
        expect((await inside.getLastStreamMessage('big-1'))?.data).toEqual(data)
      })
    })

    test('is an option of the expression', async ({ db }) => {
      const message = { type: 'Any', data }
      expect(() => writeMessage('big-1', message)).toThrow(
        expect.objectContaining({ code: 'INVALID_MESSAGE', path: 'data.id' }),
      )
      await db
        .selectNoFrom(writeMessage('big-1', message, { json: bigintJson }).as('position'))
        .execute()
      const store = createMessageStore(db, { json: bigintJson })
      expect((await store.getLastStreamMessage('big-1'))?.data).toEqual(data)
    })

    test('writes objects in a condition', async ({ db }) => {
      const store = createMessageStore(db, { json: bigintJson })
      await store.writeMessage('big-1', { type: 'A', data: { id: beyond } })
      await store.writeMessage('big-1', { type: 'B', data: { id: beyond - 1n } })
      await db.transaction().execute(async (trx) => {
        await sql`set local message_store.sql_condition = 'on'`.execute(trx)
        const condition = sql<boolean>`data @> ${{ id: beyond }}`
        const inside = store.using(trx)
        expect(await inside.getCategoryMessages('big', { condition })).toMatchObject([
          { type: 'A' },
        ])
        expect(await inside.getStreamMessages('big-1', { condition })).toMatchObject([
          { type: 'A' },
        ])
        const plain = createMessageStore(trx)
        await expect(plain.getStreamMessages('big-1', { condition })).rejects.toMatchObject({
          code: 'INVALID_CONDITION',
          message: expect.stringContaining('.id is a bigint'),
        })
      })
    })

    test('writes causation beyond 2^53 as Eventide does', async ({ db }) => {
      await sql`insert into message_store.messages (global_position, position, stream_name, type)
        values (${beyond}::bigint, 0, 'far-1', 'Far')`.execute(db)
      const store = createMessageStore(db, { json: bigintJson })
      const [far] = await store.getStreamMessages('far-1')
      await store.writeMessage('near-1', follow(far!, { type: 'Near', data: {} }))
      const { rows } = await sql`select metadata->>'causationMessageGlobalPosition' as cause
        from message_store.messages where type = 'Near'`.execute(db)
      expect(rows).toEqual([{ cause: '9007199254740993' }])
      const [near] = await store.getStreamMessages('near-1')
      expect(follows(far!, near!)).toBe(true)
    })
  })

  describe('a codec of your own', () => {
    const codec = (changes: Partial<JsonCodec>): JsonCodec => ({
      parse: JSON.parse,
      stringify: JSON.stringify,
      ...changes,
    })
    const any = (data: unknown) => ({ type: 'Any', data })

    test('reads and writes', async ({ db }) => {
      const store = createMessageStore(db, { json: textJson })
      await store.writeMessage('own-1', any('{"a": [1.10]}'))
      expect((await store.getLastStreamMessage('own-1'))?.data).toBe('{"a": [1.10]}')
    })

    test('is not asked about SQL NULL', async ({ db }) => {
      const never = codec({
        parse: () => expect.unreachable(),
        stringify: () => expect.unreachable(),
      })
      const store = createMessageStore(db, { json: never })
      await store.writeMessage('own-1', any(undefined))
      expect((await store.getLastStreamMessage('own-1'))?.data).toBeUndefined()
    })

    test.for<[string, unknown, string | undefined, string]>([
      ['a NUL as an escape', '{"a":["\\u0000"]}', 'data.a[0]', 'NUL'],
      ['a NUL after a backslash', '["\\\\\\u0000"]', 'data[0]', 'NUL'],
      ['half a pair as an escape', '"\\uD800"', 'data', 'surrogate'],
      ['a NUL as it is', '"\0"', 'data', 'NUL'],
      ['no text', 7, 'data', 'became number'],
      ['nothing', undefined, 'data', 'became undefined'],
      ['what is not JSON', '{a:1}', undefined, 'json'],
    ])('is refused when it writes %s', async ([, text, path, said], { store, db }) => {
      const own = createMessageStore(db, { json: codec({ stringify: () => text as string }) })
      await expect(own.writeMessage('own-1', any('x'))).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        path,
        message: expect.stringContaining(said),
      })
      expect(await store.streamVersion('own-1')).toBeUndefined()
    })

    test('may write a backslash before u0000, and whole pairs as escapes', async ({ db }) => {
      const store = createMessageStore(db, { json: textJson })
      await store.writeMessage('own-1', any('["\\\\u0000", "\\ud83d\\ude00"]'))
      const plain = createMessageStore(db)
      expect((await plain.getLastStreamMessage('own-1'))?.data).toEqual(['\\u0000', '😀'])
    })

    test('that throws is the cause', async ({ db }) => {
      const cause = new Error('no such thing')
      const fail = (): never => {
        throw cause
      }
      const writing = createMessageStore(db, { json: codec({ stringify: fail }) })
      await expect(writing.writeMessage('own-1', any('x'))).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        path: 'data',
        cause,
      })
      const { id } = await createMessageStore(db).writeMessage('own-1', any('x'))
      const reading = createMessageStore(db, { json: codec({ parse: fail }) })
      await expect(reading.getCategoryMessages('own')).rejects.toMatchObject({
        code: 'UNREADABLE_MESSAGE',
        problem: 'json',
        messageId: id,
        streamName: 'own-1',
        type: 'Any',
        position: 0n,
        globalPosition: 1n,
        issues: [{ path: 'data', message: 'no such thing' }],
        message: expect.stringContaining('position 0 of "own-1" (global position 1)'),
        cause,
      })
    })
  })

  test('a NUL in a rawJSON is refused too', async ({ store }) => {
    const hidden = { type: 'Any', data: rawJson(String.raw`"\u0000"`) }
    await expect(store.writeMessage('nul-1', hidden)).rejects.toMatchObject({
      code: 'INVALID_MESSAGE',
      path: 'data',
    })
  })
}

/** JSON as the text that it is. */
const textJson: JsonCodec = { parse: (text) => text, stringify: String }
