import { subscribe } from '@mdb/subscriptions'
import { type } from 'arktype'
import * as v from 'valibot'
import { describe, expectTypeOf, test } from 'vitest'
import { z } from 'zod'
import {
  defineCategory,
  follow,
  type Message,
  type MessageIterable,
  type MessageOf,
  type MessageStore,
  type MessageStoreDatabase,
  type Metadata,
  type NewMessage,
  type NewMessageOf,
  reply,
  type TypedMessage,
  type UnknownMessage,
} from '@mdb/core'

declare const store: MessageStore<MessageStoreDatabase>

const withZod = defineCategory('airport', {
  Departed: z.object({ delay: z.number(), at: z.iso.datetime().transform((at) => new Date(at)) }),
  Arrived: z.object({ gate: z.string().default('A1') }),
})
const withValibot = defineCategory('airport', {
  Departed: v.object({
    delay: v.number(),
    at: v.pipe(
      v.string(),
      v.transform((at) => new Date(at)),
    ),
  }),
  Arrived: v.object({ gate: v.optional(v.string(), 'A1') }),
})
const withArkType = defineCategory('airport', {
  Departed: type({ delay: 'number', at: 'string.date.iso.parse' }),
  Arrived: type({ gate: "string = 'A1'" }),
})

type Departed = { delay: number; at: Date }
type Arrived = { gate: string }

describe('what is read is a union of outputs', () => {
  test('with Zod', () => {
    type Read = MessageOf<typeof withZod>
    expectTypeOf<Read['type']>().toEqualTypeOf<'Departed' | 'Arrived'>()
    expectTypeOf<MessageOf<typeof withZod, 'Departed'>>().toEqualTypeOf<
      Message<'Departed', Departed>
    >()
    expectTypeOf<MessageOf<typeof withZod, 'Arrived'>['data']>().toEqualTypeOf<Arrived>()
    expectTypeOf(withZod.parse).returns.resolves.toEqualTypeOf<Read>()
  })

  test('with Valibot', () => {
    expectTypeOf<MessageOf<typeof withValibot>>().toEqualTypeOf<
      Message<'Departed', Departed> | Message<'Arrived', Arrived>
    >()
  })

  test('with ArkType', () => {
    expectTypeOf<MessageOf<typeof withArkType>>().toEqualTypeOf<
      Message<'Departed', Departed> | Message<'Arrived', Arrived>
    >()
  })

  test('told apart by type', async () => {
    for (const message of await withZod.on(store).getStreamMessages('SEA')) {
      if (message.type === 'Departed') expectTypeOf(message.data).toEqualTypeOf<Departed>()
      else expectTypeOf(message.data).toEqualTypeOf<Arrived>()
      // @ts-expect-error not a type of the category
      if (message.type === 'Departd') void message
      // @ts-expect-error only departures have a delay
      void message.data.delay
    }
  })

  test('in every read', () => {
    const airports = withZod.on(store)
    type Read = MessageOf<typeof withZod>
    expectTypeOf(airports.getStreamMessages('SEA')).resolves.toEqualTypeOf<Read[]>()
    expectTypeOf(airports.getCategoryMessages()).resolves.toEqualTypeOf<Read[]>()
    expectTypeOf(airports.readStream('SEA')).toEqualTypeOf<MessageIterable<Read>>()
    expectTypeOf(airports.readCategory({ limit: 1 })).toEqualTypeOf<MessageIterable<Read>>()
    expectTypeOf(airports.getLastStreamMessage('SEA')).resolves.toEqualTypeOf<Read | undefined>()
    expectTypeOf(airports.getLastStreamMessage('SEA', { type: 'Departed' })).resolves.toEqualTypeOf<
      Message<'Departed', Departed> | undefined
    >()
    expectTypeOf(airports.using(store.db)).toEqualTypeOf<typeof airports>()
    expectTypeOf(airports.store).toEqualTypeOf<typeof store>()
    // @ts-expect-error not a type of the category
    void (() => airports.getLastStreamMessage('SEA', { type: 'Departd' }))
    // @ts-expect-error the category is known
    void (() => airports.getCategoryMessages('airport'))
    // @ts-expect-error at least one id
    void (() => airports.getStreamMessages([]))
  })
})

describe('what is written is a union of inputs', () => {
  test('with Zod', () => {
    const { writeMessage } = withZod.on(store)
    const at = '2024-07-01T12:00:00.000Z'
    void (() => writeMessage('SEA', { type: 'Departed', data: { delay: 1, at } }))
    void (() => writeMessage(['SEA', 'JFK'], { type: 'Arrived', data: {} }))
    // @ts-expect-error a delay is missing
    void (() => writeMessage('SEA', { type: 'Departed', data: { at } }))
    // @ts-expect-error the input is a text
    void (() => writeMessage('SEA', { type: 'Departed', data: { delay: 1, at: new Date() } }))
    // @ts-expect-error the data of another type
    void (() => writeMessage('SEA', { type: 'Departed', data: { gate: 'A2' } }))
    // @ts-expect-error not a type of the category
    void (() => writeMessage('SEA', { type: 'Departd', data: { delay: 1, at } }))
    // @ts-expect-error the data is missing
    void (() => writeMessage('SEA', { type: 'Arrived' }))
    // @ts-expect-error not a key of the data
    void (() => writeMessage('SEA', { type: 'Arrived', data: { gat: 'A2' } }))
    // @ts-expect-error a version is a bigint
    void (() => writeMessage('SEA', { type: 'Arrived', data: {} }, { expectedVersion: 1 }))
    const { writeMessages, checkMessage } = withZod.on(store)
    const arrived = { type: 'Arrived', data: {} } as const
    void (() => writeMessages('SEA', [arrived, { type: 'Departed', data: { delay: 1, at } }]))
    // @ts-expect-error a delay is missing in the second
    void (() => writeMessages('SEA', [arrived, { type: 'Departed', data: { at } }]))
    // @ts-expect-error not a type of the category
    void (() => checkMessage('SEA', { type: 'Departd', data: {} }))
    // @ts-expect-error Eventide's version is a text
    void (() => writeMessage('SEA', { type: 'Arrived', data: {}, metadata: { schemaVersion: 2 } }))
  })

  test('with Valibot', () => {
    expectTypeOf<NewMessageOf<typeof withValibot>>().toEqualTypeOf<
      | NewMessage<'Departed', { delay: number; at: string }, Metadata>
      | NewMessage<'Arrived', { gate?: string | undefined }, Metadata>
    >()
    const { writeMessage } = withValibot.on(store)
    void (() => writeMessage('SEA', { type: 'Departed', data: { delay: 1, at: '' } }))
    // @ts-expect-error a delay is missing
    void (() => writeMessage('SEA', { type: 'Departed', data: { at: '' } }))
    // @ts-expect-error the input is a text
    void (() => writeMessage('SEA', { type: 'Departed', data: { delay: 1, at: new Date() } }))
    // @ts-expect-error not a type of the category
    void (() => writeMessage('SEA', { type: 'Departd', data: { delay: 1, at: '' } }))
  })

  test('with ArkType', () => {
    expectTypeOf<NewMessageOf<typeof withArkType, 'Arrived'>['data']>().toEqualTypeOf<{
      gate?: string
    }>()
    const { writeMessage } = withArkType.on(store)
    void (() => writeMessage('SEA', { type: 'Departed', data: { delay: 1, at: '' } }))
    // @ts-expect-error a delay is missing
    void (() => writeMessage('SEA', { type: 'Departed', data: { at: '' } }))
    // @ts-expect-error the input is a text
    void (() => writeMessage('SEA', { type: 'Departed', data: { delay: 1, at: new Date() } }))
    // @ts-expect-error not a type of the category
    void (() => writeMessage('SEA', { type: 'Departd', data: { delay: 1, at: '' } }))
  })

  test('also where it follows from another', () => {
    const source = {} as MessageOf<typeof withZod>
    const { writeMessage } = withZod.on(store)
    void (() => writeMessage('SEA', follow(source, { type: 'Arrived', data: {} })))
    void (() => writeMessage('SEA', reply(source, { type: 'Arrived', data: {} }).message))
    // @ts-expect-error a gate is a text
    void (() => writeMessage('SEA', follow(source, { type: 'Arrived', data: { gate: 1 } })))
    // @ts-expect-error not a type of the category
    void (() => writeMessage('SEA', follow(source, { type: 'Arived', data: {} })))
  })
})

describe('messages of unknown types', () => {
  const types = { Arrived: z.object({ gate: z.string() }) }

  test('that are skipped give undefined when parsed, and are in no page', () => {
    const skipping = defineCategory('airport', types, { unknownTypes: 'skip' })
    type Known = Message<'Arrived', Arrived>
    expectTypeOf(skipping.parse).returns.resolves.toEqualTypeOf<Known | undefined>()
    expectTypeOf(skipping.on(store).getCategoryMessages()).resolves.toEqualTypeOf<Known[]>()
  })

  test('that are passed widen the union, and are told apart', async () => {
    const passing = defineCategory('airport', types, { unknownTypes: 'pass' })
    const message = await passing.parse({} as Message)
    expectTypeOf(message).toEqualTypeOf<Message<'Arrived', Arrived> | UnknownMessage>()
    switch (message.type) {
      case 'Arrived':
        expectTypeOf(message.data).toEqualTypeOf<Arrived>()
        break
      default:
        expectTypeOf(message).toEqualTypeOf<UnknownMessage>()
        expectTypeOf(message.data).toBeUnknown()
        expectTypeOf(message.unknownType).toEqualTypeOf<string>()
    }
    expectTypeOf(message).toExtend<TypedMessage>()
    // @ts-expect-error what is unknown is not written
    void (() => passing.on(store).writeMessage('SEA', message))
  })

  test('no other policy', () => {
    // @ts-expect-error not one of the words
    void (() => defineCategory('airport', types, { unknownTypes: 'ignore' }))
  })
})

describe('metadata', () => {
  const types = { Arrived: z.object({}) }

  test('is unknown when read and by Eventide’s names when written', () => {
    const plain = defineCategory('airport', types)
    expectTypeOf<MessageOf<typeof plain>['metadata']>().toBeUnknown()
    expectTypeOf<NewMessageOf<typeof plain>['metadata']>().toEqualTypeOf<Metadata | undefined>()
  })

  test('has its schema’s keys beside them', () => {
    const audited = defineCategory('airport', types, { metadata: z.object({ by: z.string() }) })
    expectTypeOf<MessageOf<typeof audited>['metadata']>().toEqualTypeOf<Metadata & { by: string }>()
    const { writeMessage } = audited.on(store)
    const arrived = { type: 'Arrived', data: {} } as const
    void (() => writeMessage('SEA', { ...arrived, metadata: { by: 'x', replyStreamName: 'y-1' } }))
    // @ts-expect-error metadata is missing
    void (() => writeMessage('SEA', arrived))
    // @ts-expect-error its own key is missing
    void (() => writeMessage('SEA', { ...arrived, metadata: { replyStreamName: 'y-1' } }))
  })

  test('may be left out where its schema asks for nothing', () => {
    const metadata = z.object({ by: z.string().optional() })
    const optionalKeys = defineCategory('airport', types, { metadata })
    void (() => optionalKeys.on(store).writeMessage('SEA', { type: 'Arrived', data: {} }))
    const optional = defineCategory('airport', types, {
      metadata: z.object({ by: z.string() }).optional(),
    })
    void (() => optional.on(store).writeMessage('SEA', { type: 'Arrived', data: {} }))
  })

  test('is an object', () => {
    // @ts-expect-error a text is none
    void (() => defineCategory('airport', types, { metadata: z.string() }))
  })
})

describe('schema versions', () => {
  const data = z.object({ gate: z.string() })

  test('need an upcast function for each version before the current one', () => {
    const moved = defineCategory('airport', {
      Arrived: {
        data,
        schemaVersion: 3,
        upcast: {
          1: (older: { door: number }) => ({ gate: older.door }),
          2: async (older: { gate: number }, message) => {
            expectTypeOf(message).toEqualTypeOf<Message>()
            return Promise.resolve({ gate: String(older.gate) })
          },
        },
      },
      Departed: data,
    })
    expectTypeOf<MessageOf<typeof moved, 'Arrived'>>().toEqualTypeOf<
      Message<'Arrived', { gate: string }>
    >()
    const first = { data, schemaVersion: 1 } as const
    void (() => defineCategory('airport', { Arrived: first }))
    // @ts-expect-error no upcast at all
    void (() => defineCategory('airport', { Arrived: { data, schemaVersion: 2 } }))
    void (() =>
      defineCategory('airport', {
        // @ts-expect-error none from version 2
        Arrived: { data, schemaVersion: 3, upcast: { 1: (older) => older } },
      }))
    // @ts-expect-error the data must be narrowed first
    void (() => defineCategory('a', { A: { data, upcast: { 1: (older) => void older.door } } }))
  })

  test('no schema, no type', () => {
    // @ts-expect-error a class is no schema
    void (() => defineCategory('airport', { Arrived: Date }))
    // @ts-expect-error a number is no schema
    void (() => defineCategory('airport', { Arrived: { data: 5 } }))
  })
})

test('subscriptions take its handler, or parse by themselves', () => {
  subscribe(store, {
    id: 'typed',
    source: { category: withZod.name },
    handler: withZod.handler((message, context) => {
      expectTypeOf(message).toEqualTypeOf<MessageOf<typeof withZod>>()
      expectTypeOf(context.signal).toEqualTypeOf<AbortSignal>()
    }),
  })
  subscribe(store, {
    id: 'typed',
    source: { category: withZod.name },
    handler: async (message) => {
      const known = await withZod.parse(message)
      expectTypeOf(known).toEqualTypeOf<MessageOf<typeof withZod>>()
    },
  })
})
