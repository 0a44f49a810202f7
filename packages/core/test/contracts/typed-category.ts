import { type } from 'arktype'
import { sql } from 'kysely'
import * as v from 'valibot'
import { describe, expect } from 'vitest'
import { z } from 'zod'
import {
  bigintJson,
  createMessageStore,
  defineCategory,
  follow,
  type MessageStore,
  type MessageStoreDatabase,
  reply,
} from '@mdb/core'
import { collect } from '../support/collect.ts'
import type { MessageStoreTest } from '../support.ts'

const at = '2024-07-01T12:00:00.000Z'
const flights = defineCategory('airport', {
  Departed: z.object({
    delay: z.number(),
    at: z.iso.datetime().transform((text) => new Date(text)),
  }),
  Arrived: v.object({ gate: v.optional(v.string(), 'A1') }),
  Lost: type({ bags: 'string[]' }),
})
const departed = { type: 'Departed', data: { delay: 12, at } } as const
const untyped = (value: unknown): never => value as never

/** Counts what reaches the store. */
function counting(
  store: MessageStore<MessageStoreDatabase>,
): [MessageStore<MessageStoreDatabase>, () => number] {
  let writes = 0
  const counted: MessageStore<MessageStoreDatabase> = {
    ...store,
    writeMessage: async (...args) => {
      writes++
      return store.writeMessage(...args)
    },
  }
  return [counted, () => writes]
}

export function typedCategoryContract(test: MessageStoreTest): void {
  describe('a typed category', () => {
    test('stores the input and reads the output, in every read', async ({ store, db }) => {
      const airports = flights.on(store)
      const written = await airports.writeMessage('SEA', departed, { expectedVersion: 'no-stream' })
      expect(written).toMatchObject({ streamName: 'airport-SEA', position: 0n })
      await airports.writeMessage(['SEA', 'JFK'], { type: 'Arrived', data: {} })
      await airports.writeMessage('SEA', { type: 'Lost', data: { bags: ['x'] } })
      const { rows } = await sql`select data::text from message_store.messages
        order by global_position`.execute(db)
      expect(rows).toEqual([
        { data: `{"at": "${at}", "delay": 12}` },
        { data: '{}' },
        { data: '{"bags": ["x"]}' },
      ])

      const first = { type: 'Departed', data: { delay: 12, at: new Date(at) }, position: 0n }
      const last = { type: 'Lost', data: { bags: ['x'] }, position: 1n }
      expect(await airports.getStreamMessages('SEA')).toMatchObject([first, last])
      expect(await airports.getStreamMessages('SEA', { position: 1n })).toMatchObject([last])
      expect(await airports.getCategoryMessages()).toMatchObject([
        first,
        { type: 'Arrived', data: { gate: 'A1' }, streamName: 'airport-SEA+JFK' },
        last,
      ])
      expect(await airports.getCategoryMessages({ position: 2n, batchSize: 1 })).toHaveLength(1)
      expect(await airports.getLastStreamMessage('SEA')).toMatchObject(last)
      expect(await airports.getLastStreamMessage('SEA', { type: 'Departed' })).toMatchObject(first)
      expect(await airports.getLastStreamMessage('SEA', { type: 'Arrived' })).toBeUndefined()
      expect(await airports.getLastStreamMessage('JFK')).toBeUndefined()
      expect(await airports.streamVersion('SEA')).toBe(1n)
      expect(await airports.streamVersion('JFK')).toBeUndefined()
    })

    test('passes on expected version, group, correlation, condition and signal', async ({
      store,
      db,
    }) => {
      const airports = flights.on(store)
      const metadata = { correlationStreamName: 'storm-7' }
      await airports.writeMessage('SEA', { ...departed, metadata })
      await airports.writeMessage('JFK', departed)
      await expect(
        airports.writeMessage('SEA', departed, { expectedVersion: 4n }),
      ).rejects.toMatchObject({ code: 'WRONG_EXPECTED_VERSION', actualVersion: 0n })
      expect(await airports.getCategoryMessages({ correlation: 'storm' })).toHaveLength(1)
      const members = await Promise.all(
        [0, 1, 2].map(async (member) =>
          airports.getCategoryMessages({ consumerGroup: { member, size: 3 } }),
        ),
      )
      expect(members.flat()).toHaveLength(2)
      await db.transaction().execute(async (trx) => {
        await sql`set local message_store.sql_condition = 'on'`.execute(trx)
        const inside = airports.using(trx)
        const condition = sql<boolean>`stream_name = 'airport-JFK'`
        expect(await inside.getCategoryMessages({ condition })).toHaveLength(1)
        expect(await inside.getStreamMessages('SEA', { condition })).toHaveLength(0)
      })
      const signal = AbortSignal.abort(new Error('enough'))
      await expect(airports.getCategoryMessages({ signal })).rejects.toThrow('enough')
      await expect(airports.getStreamMessages('SEA', { signal })).rejects.toThrow('enough')
      await expect(airports.getLastStreamMessage('SEA', { signal })).rejects.toThrow('enough')
      await expect(airports.writeMessage('SEA', departed, { signal })).rejects.toThrow('enough')
      expect(await airports.streamVersion('SEA')).toBe(0n)
    })

    test('writes several at once, or none', async ({ store }) => {
      const airports = flights.on(store)
      const written = await airports.writeMessages(
        'SEA',
        [departed, { type: 'Arrived', data: {} }],
        { expectedVersion: 'no-stream' },
      )
      expect(written.map(({ position }) => position)).toEqual([0n, 1n])
      expect(await airports.getStreamMessages('SEA')).toMatchObject([
        { type: 'Departed', data: { delay: 12 } },
        { type: 'Arrived', data: { gate: 'A1' } },
      ])
      const wrong = (last: unknown) => airports.writeMessages('SEA', [departed, untyped(last)])
      await expect(wrong({ type: 'Lost', data: { bags: 5 } })).rejects.toMatchObject({
        code: 'MESSAGE_REJECTED',
        problem: 'invalid',
        index: 1,
        issues: [{ path: 'data.bags' }],
        message: expect.stringContaining('messages[1]: The Lost for "airport-SEA"'),
      })
      await expect(wrong({ type: 'Lost' })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        index: 1,
      })
      await expect(wrong({ ...departed, id: 'x' })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE_ID',
        index: 1,
      })
      expect(await airports.writeMessages('SEA', [])).toEqual([])
      expect(await airports.streamVersion('SEA')).toBe(1n)
    })

    test('checks messages that go to streams of several categories', async ({ store }) => {
      const seats = defineCategory('seat', {
        Taken: { data: z.object({}), schemaVersion: 2, upcast: { 1: () => ({}) } },
      })
      await store.writeToStreams([
        await flights.on(store).checkMessage('SEA', departed),
        await seats.on(store).checkMessage('4A', { type: 'Taken', data: {} }),
      ])
      expect(await store.getLastStreamMessage('airport-SEA')).toMatchObject(departed)
      expect(await store.getLastStreamMessage('seat-4A')).toMatchObject({
        metadata: { schemaVersion: '2' },
      })
      await expect(
        seats.on(store).checkMessage('4A', untyped({ type: 'Taken', data: 5 })),
      ).rejects.toMatchObject({ code: 'MESSAGE_REJECTED', index: undefined })
    })

    test('goes along into a transaction', async ({ store, db }) => {
      const airports = flights.on(store)
      const failed = db.transaction().execute(async (trx) => {
        const inside = airports.using(trx)
        await inside.writeMessage('SEA', departed)
        expect(await inside.getStreamMessages('SEA')).toHaveLength(1)
        throw new Error('rolled back')
      })
      await expect(failed).rejects.toThrow('rolled back')
      expect(await airports.getStreamMessages('SEA')).toEqual([])
    })

    test('writes metadata as Eventide does, with a schema and without', async ({ store }) => {
      const metadata = { correlationStreamName: null, properties: {}, replyStreamName: 'storm-7' }
      const withSchema = defineCategory(
        'booking',
        { Booked: z.object({}) },
        { metadata: z.object({ userId: z.string().optional() }) },
      )
      const bookings = withSchema.on(store)
      const airports = flights.on(store)
      await airports.writeMessage('SEA', { ...departed, metadata })
      await airports.writeMessage('SEA', { ...departed, metadata: { properties: {} } })
      await bookings.writeMessage('1', { type: 'Booked', data: {}, metadata })
      await bookings.writeMessage('1', {
        type: 'Booked',
        data: {},
        metadata: { ...metadata, userId: '7' },
      })
      const raw = [
        ...(await store.getStreamMessages('airport-SEA')),
        ...(await store.getStreamMessages('booking-1')),
      ]
      expect(raw.map((message) => message.metadata)).toEqual([
        { replyStreamName: 'storm-7' },
        undefined,
        { replyStreamName: 'storm-7' },
        { replyStreamName: 'storm-7', userId: '7' },
      ])
    })

    test('follows and replies', async ({ store }) => {
      const airports = flights.on(store)
      const story = { correlationStreamName: 'storm-7', replyStreamName: 'airport-JFK' }
      await airports.writeMessage('SEA', { ...departed, metadata: story })
      const [source] = await airports.getStreamMessages('SEA')
      await airports.writeMessage('SEA', follow(source!, { type: 'Arrived', data: {} }))
      const answer = reply(source!, { type: 'Lost', data: { bags: [] } })
      await store.writeMessage(answer.streamName, answer.message)
      const [, arrived, lost] = await airports.getCategoryMessages({ correlation: 'storm' })
      expect(arrived?.metadata).toMatchObject({ causationMessagePosition: 0, ...story })
      expect(lost).toMatchObject({ streamName: 'airport-JFK', data: { bags: [] } })
    })
  })

  describe('a typed category refuses, before anything is sent,', () => {
    const async = defineCategory('airport', {
      Departed: z.object({
        delay: z.number().refine(async (delay) => Promise.resolve(delay >= 0), 'was before'),
      }),
      Booked: z.object({ when: z.date(), set: z.set(z.string()).optional() }),
    })

    test.for<[string, object, object]>([
      ['an unknown type', { type: 'Departd', data: {} }, { problem: 'unknown type' }],
      [
        'data that the schema refuses, with all issues',
        { type: 'Departed', data: { delay: 'x', at: 'noon' } },
        { problem: 'invalid', issues: [{ path: 'data.delay' }, { path: 'data.at' }] },
      ],
      [
        'what Valibot refuses',
        { type: 'Arrived', data: { gate: 5 } },
        { problem: 'invalid', issues: [{ path: 'data.gate' }] },
      ],
      [
        'what ArkType refuses',
        { type: 'Lost', data: { bags: ['x', 5] } },
        { problem: 'invalid', issues: [{ path: 'data.bags[1]' }] },
      ],
      [
        'metadata that Eventide does not know, with what is wrong with the data',
        { type: 'Lost', data: {}, metadata: { correlationStreamName: 5 } },
        {
          problem: 'invalid',
          issues: [{ path: 'data.bags' }, { path: 'metadata.correlationStreamName' }],
        },
      ],
      [
        'metadata that is no object',
        { type: 'Lost', data: { bags: [] }, metadata: 'x' },
        { problem: 'invalid', issues: [{ path: 'metadata' }] },
      ],
    ])('%s', async ([, message, expected], { store }) => {
      const [counted, writes] = counting(store)
      await expect(flights.on(counted).writeMessage('SEA', untyped(message))).rejects.toMatchObject(
        {
          code: 'MESSAGE_REJECTED',
          streamName: 'airport-SEA',
          ...expected,
        },
      )
      expect(writes()).toBe(0)
      expect(await store.streamVersion('airport-SEA')).toBeUndefined()
    })

    test('what an async schema refuses', async ({ store }) => {
      const [counted, writes] = counting(store)
      const early = { type: 'Departed', data: { delay: -1 } } as const
      await expect(async.on(counted).writeMessage('SEA', early)).rejects.toMatchObject({
        code: 'MESSAGE_REJECTED',
        message: expect.stringContaining('data.delay: was before'),
      })
      expect(writes()).toBe(0)
      await async.on(counted).writeMessage('SEA', { type: 'Departed', data: { delay: 1 } })
      expect(writes()).toBe(1)
    })

    test('what the schema takes but JSON does not bring back', async ({ store }) => {
      const airports = async.on(store)
      const booked = { type: 'Booked', data: { when: new Date(at) } } as const
      await expect(airports.writeMessage('SEA', booked)).rejects.toMatchObject({
        code: 'MESSAGE_REJECTED',
        problem: 'invalid',
        issues: [{ path: 'data.when', message: expect.stringContaining('received string') }],
      })
    })

    test('what core refuses anyway', async ({ store }) => {
      const airports = flights.on(store)
      const write = async (message: object) => airports.writeMessage('SEA', untyped(message))
      await expect(write({ type: 'Departed' })).rejects.toMatchObject({ code: 'INVALID_MESSAGE' })
      await expect(write({ ...departed, id: 'x' })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE_ID',
      })
      await expect(write({ type: 'Lost', data: { bags: ['\0'] } })).rejects.toMatchObject({
        code: 'INVALID_MESSAGE',
        path: 'data.bags[0]',
      })
      await expect(airports.writeMessage('', departed)).rejects.toMatchObject({
        code: 'INVALID_STREAM_NAME',
      })
    })
  })

  describe('schema versions', () => {
    const data = z.object({ minutes: z.number() })
    const upcast = { 1: (older: { delay: number }) => ({ minutes: older.delay }) }
    const second = defineCategory('airport', {
      Departed: { data, schemaVersion: 2, upcast },
      First: { data, schemaVersion: 1 },
      Never: data,
    })

    test('are written above 1, as Eventide’s text, and older ones are upcast', async ({
      store,
    }) => {
      const airports = second.on(store)
      await store.writeMessage('airport-SEA', { type: 'Departed', data: { delay: 5 } })
      const current = { data: { minutes: 6 }, metadata: { properties: { a: 1 } } }
      await airports.writeMessage('SEA', { type: 'Departed', ...current })
      await airports.writeMessage('SEA', { type: 'Departed', data: { minutes: 7 } })
      await airports.writeMessage('SEA', { type: 'First', ...current })
      await airports.writeMessage('SEA', { type: 'Never', data: { minutes: 9 } })
      const raw = await store.getStreamMessages('airport-SEA')
      expect(raw.map(({ metadata }) => metadata)).toEqual([
        undefined,
        { properties: { a: 1 }, schemaVersion: '2' },
        { schemaVersion: '2' },
        { properties: { a: 1 } },
        undefined,
      ])
      const read = await airports.getStreamMessages('SEA')
      expect(read.map(({ data }) => data.minutes)).toEqual([5, 6, 7, 6, 9])
    })

    test('are not written when they are not the current one', async ({ store }) => {
      const airports = second.on(store)
      const write = async (type: 'Departed' | 'First', metadata: unknown) =>
        airports.writeMessage('SEA', { type, data: { minutes: 1 }, metadata: untyped(metadata) })
      for (const metadata of [{ schemaVersion: '1' }, { schemaVersion: '3' }, 'x', [1]]) {
        await expect(write('Departed', metadata)).rejects.toMatchObject({
          code: 'MESSAGE_REJECTED',
          problem: 'schema version',
          issues: [{ path: 'metadata.schemaVersion' }],
        })
      }
      await expect(write('First', { schemaVersion: '2' })).rejects.toMatchObject({
        problem: 'schema version',
      })
      await write('Departed', { schemaVersion: '2' })
      await write('First', { schemaVersion: '1' })
      expect(await store.streamVersion('airport-SEA')).toBe(1n)
    })

    test('do not travel: what follows has its own', async ({ store }) => {
      const airports = second.on(store)
      await airports.writeMessage('SEA', { type: 'Departed', data: { minutes: 1 } })
      const source = await airports.getLastStreamMessage('SEA')
      await airports.writeMessage('SEA', follow(source!, { type: 'First', data: { minutes: 2 } }))
      const last = await store.getLastStreamMessage('airport-SEA')
      expect(last?.metadata).toEqual({
        causationMessageStreamName: 'airport-SEA',
        causationMessagePosition: 0,
        causationMessageGlobalPosition: 1,
      })
    })
  })

  describe('a read that pages by itself', () => {
    test('gives typed messages, one by one and by page', async ({ store }) => {
      const airports = flights.on(store)
      await airports.writeMessages('SEA', [departed, { type: 'Arrived', data: {} }, departed])
      const whole = await airports.getStreamMessages('SEA')
      expect(await collect(airports.readStream('SEA', { batchSize: 2 }))).toEqual(whole)
      expect(await collect(airports.readCategory({ batchSize: 2 }))).toEqual(whole)
      expect(await collect(airports.readCategory({ batchSize: 2 }).pages())).toEqual([
        whole.slice(0, 2),
        whole.slice(2),
      ])
      const last = airports.readStream('SEA', { direction: 'backward', limit: 1 })
      expect(await collect(last)).toEqual(whole.slice(2))
    })

    test('fails at the message that cannot be read, not before', async ({ store }) => {
      const airports = flights.on(store)
      await airports.writeMessage('SEA', departed)
      await store.writeMessage('airport-SEA', { type: 'Lost', data: { bags: 5 } })
      const messages = airports.readStream('SEA')[Symbol.asyncIterator]()
      expect(await messages.next()).toMatchObject({ value: { type: 'Departed' } })
      await expect(messages.next()).rejects.toMatchObject({
        code: 'UNREADABLE_MESSAGE',
        position: 1n,
      })
      expect(await messages.next()).toMatchObject({ done: true })
    })
  })

  describe('a read that fails', () => {
    test('says which message it was, the first one', async ({ store }) => {
      await flights.on(store).writeMessage('SEA', departed)
      const { id } = await store.writeMessage('airport-SEA', { type: 'Lost', data: { bags: 5 } })
      await store.writeMessage('airport-SEA', { type: 'Lost', data: null })
      const airports = flights.on(store)
      for (const read of [airports.getStreamMessages('SEA'), airports.getCategoryMessages()]) {
        await expect(read).rejects.toMatchObject({
          code: 'UNREADABLE_MESSAGE',
          messageId: id,
          streamName: 'airport-SEA',
          type: 'Lost',
          position: 1n,
          globalPosition: 2n,
          problem: 'invalid',
          issues: [{ path: 'data.bags' }],
        })
      }
      await expect(airports.getLastStreamMessage('SEA')).rejects.toMatchObject({ position: 2n })
    })
  })

  describe('unknown types', () => {
    const types = { Known: z.object({ n: z.number() }) }
    const skipping = defineCategory('mixed', types, { unknownTypes: 'skip' })
    const passing = defineCategory('mixed', types, { unknownTypes: 'pass' })
    const failing = defineCategory('mixed', types)

    const write = async (store: MessageStore<MessageStoreDatabase>, kinds: string) => {
      for (const [n, kind] of kinds.split('').entries()) {
        await store.writeMessage('mixed-1', { type: kind === 'k' ? 'Known' : 'Other', data: { n } })
      }
    }

    test('that are skipped never look like the end', async ({ store }) => {
      await write(store, 'kooookoookoo')
      const mixed = skipping.on(store)
      for (const batchSize of [1, 2, 3, 100, 'unlimited'] as const) {
        const inStream: number[] = []
        for (let position = 0n; ;) {
          const page = await mixed.getStreamMessages('1', { position, batchSize })
          const last = page.at(-1)
          if (last === undefined) break
          inStream.push(...page.map(({ data }) => data.n))
          position = last.position + 1n
        }
        expect(inStream).toEqual([0, 5, 9])
        const inCategory: number[] = []
        for (let position = 1n; ;) {
          const page = await mixed.getCategoryMessages({ position, batchSize })
          const last = page.at(-1)
          if (last === undefined) break
          inCategory.push(...page.map(({ data }) => data.n))
          position = last.globalPosition + 1n
        }
        expect(inCategory).toEqual([0, 5, 9])
      }
      expect(await mixed.getLastStreamMessage('1')).toMatchObject({ data: { n: 9 } })
      expect(await mixed.getLastStreamMessage('1', { type: 'Known' })).toMatchObject({
        data: { n: 9 },
      })
    })

    test('that are skipped do not count for a limit', async ({ store }) => {
      await write(store, 'kooookoookoo')
      const mixed = skipping.on(store)
      const numbers = async (messages: AsyncIterable<{ data: { n: number } }>) =>
        (await collect(messages)).map(({ data }) => data.n)
      for (const batchSize of [1, 3, 100]) {
        expect(await numbers(mixed.readStream('1', { batchSize }))).toEqual([0, 5, 9])
        expect(await numbers(mixed.readStream('1', { batchSize, limit: 2 }))).toEqual([0, 5])
        const backward = { batchSize, direction: 'backward', limit: 2 } as const
        expect(await numbers(mixed.readCategory(backward))).toEqual([9, 5])
        const pages = await collect(mixed.readCategory({ batchSize, limit: 2 }).pages())
        expect(pages.flat().map(({ data }) => data.n)).toEqual([0, 5])
        expect(pages.every((page) => page.length > 0)).toBe(true)
      }
      expect(() => mixed.readStream('1', { limit: 0 })).toThrow(
        expect.objectContaining({ code: 'INVALID_LIMIT' }),
      )
    })

    test('that are skipped and alone are nothing', async ({ store }) => {
      await write(store, 'ooo')
      expect(await skipping.on(store).getCategoryMessages({ batchSize: 2 })).toEqual([])
      expect(await skipping.on(store).getLastStreamMessage('1')).toBeUndefined()
    })

    test('that are passed are there, under unknownType', async ({ store }) => {
      await write(store, 'ok')
      const mixed = passing.on(store)
      expect(await mixed.getCategoryMessages()).toMatchObject([
        { type: undefined, unknownType: 'Other', data: { n: 0 } },
        { type: 'Known', data: { n: 1 } },
      ])
      await write(store, 'o')
      expect(await mixed.getLastStreamMessage('1')).toMatchObject({ unknownType: 'Other' })
    })

    test('are an error otherwise', async ({ store }) => {
      await write(store, 'ko')
      await expect(failing.on(store).getStreamMessages('1')).rejects.toMatchObject({
        code: 'UNREADABLE_MESSAGE',
        problem: 'unknown type',
        type: 'Other',
        position: 1n,
      })
    })
  })

  test('a typed category has the codec of its store', async ({ db }) => {
    const accounts = defineCategory('account', { Opened: z.object({ number: z.bigint() }) })
    const opened = { type: 'Opened', data: { number: 12345678901234567890n } } as const
    await expect(
      accounts.on(createMessageStore(db)).writeMessage('7', opened),
    ).rejects.toMatchObject({ code: 'INVALID_MESSAGE', path: 'data.number' })
    const exact = accounts.on(createMessageStore(db, { json: bigintJson }))
    await exact.writeMessage('7', opened)
    expect(await exact.getLastStreamMessage('7')).toMatchObject(opened)
    // What the codec brings back is a number here, so what is written could not be read.
    const small = { type: 'Opened', data: { number: 5n } } as const
    await expect(exact.writeMessage('7', small)).rejects.toMatchObject({ problem: 'invalid' })
  })
}
