import { type Expression, type Kysely, sql, type SqlBool } from 'kysely'
import { expectTypeOf, test } from 'vitest'
import {
  bigintJson,
  createGroupWriter,
  createMessageStore,
  type GroupWriter,
  type ImportedMessage,
  importMessages,
  type ImportProgress,
  follow,
  type Int8,
  type JsonCodec,
  type Message,
  type MessageRow,
  type MessageStore,
  type MessageStoreDatabase,
  type Metadata,
  type NewMessage,
  reply,
  type WriteResult,
  streamName,
} from '@mdb/core'
import {
  getCategoryMessages,
  getLastStreamMessage,
  streamVersion,
  writeMessage,
} from '@mdb/core/functions'

interface Database extends MessageStoreDatabase {
  airport: { code: string; city: string }
}
declare const db: Kysely<Database>
declare const store: MessageStore<Database>
const message = { type: 'A', data: 1 }

test('the store keeps the type of its database', () => {
  expectTypeOf(createMessageStore(db)).toEqualTypeOf<MessageStore<Database>>()
  expectTypeOf(store.db).toEqualTypeOf<Kysely<Database>>()
})

test('a codec is two functions', () => {
  expectTypeOf(createMessageStore(db, { json: bigintJson }).json).toEqualTypeOf<JsonCodec>()
  expectTypeOf(createMessageStore(db, { json: JSON })).toEqualTypeOf<MessageStore<Database>>()
  void writeMessage('x-1', message, { json: bigintJson })
  // @ts-expect-error a codec writes too
  void createMessageStore(db, { json: { parse: JSON.parse } })
  // @ts-expect-error what is written is text
  void createMessageStore(db, { json: { parse: JSON.parse, stringify: () => 7 } })
})

test('messages are unknown until the caller names their types', () => {
  type Departed = Message<'FlightDeparted', { delay: number }, undefined>
  expectTypeOf(store.getStreamMessages('x-1')).resolves.toEqualTypeOf<Message[]>()
  expectTypeOf<Message['data']>().toBeUnknown()
  expectTypeOf(store.getCategoryMessages<Departed>('x')).resolves.toEqualTypeOf<Departed[]>()
  expectTypeOf(store.getLastStreamMessage<Departed>('x-1')).resolves.toEqualTypeOf<
    Departed | undefined
  >()
  expectTypeOf(store.streamVersion('x-1')).resolves.toEqualTypeOf<bigint | undefined>()
})

test('what must not compile when writing', () => {
  const write = store.writeMessage
  // @ts-expect-error a version is a bigint
  void (() => write('x-1', message, { expectedVersion: 4 }))
  // @ts-expect-error not one of the words
  void (() => write('x-1', message, { expectedVersion: 'none' }))
  // @ts-expect-error the type is missing
  void (() => write('x-1', { data: 1 }))
  // @ts-expect-error the data is missing
  void (() => write('x-1', { type: 'A' }))
  // @ts-expect-error the data is not what the type says
  const wrong: NewMessage<'A', { delay: number }> = { type: 'A', data: { delay: '12' } }
  void wrong
  // @ts-expect-error at least one id
  void (() => streamName('airport', []))
})

test('what must not compile when writing several', () => {
  expectTypeOf(store.writeMessages('x-1', [message])).resolves.toEqualTypeOf<WriteResult[]>()
  expectTypeOf(store.writeToStreams([{ streamName: 'x-1', message }])).resolves.toEqualTypeOf<
    WriteResult[]
  >()
  const frozen: readonly NewMessage[] = [message]
  void (() => store.writeMessages('x-1', frozen, { expectedVersion: 'no-stream' }))
  // @ts-expect-error one message is not several
  void (() => store.writeMessages('x-1', message))
  // @ts-expect-error each has a stream
  void (() => store.writeToStreams([{ message }]))
  // @ts-expect-error each has its own expected version, all have none
  void (() => store.writeToStreams([], { expectedVersion: 4n }))
})

test('grouped writes and imports', () => {
  expectTypeOf(createGroupWriter(store)).toEqualTypeOf<GroupWriter>()
  expectTypeOf<GroupWriter>().toExtend<AsyncDisposable>()
  // What was read from a store can be imported.
  expectTypeOf<Message>().toExtend<ImportedMessage>()
  const read: Message[] = []
  expectTypeOf(importMessages(store, read)).resolves.toEqualTypeOf<ImportProgress>()
  // @ts-expect-error an imported message has an id
  void (() => importMessages(store, [{ streamName: 'x-1', type: 'A', data: 1 }]))
  // @ts-expect-error and says its stream
  void (() => importMessages(store, [{ id: '', type: 'A', data: 1 }]))
})

test('what must not compile when reading', () => {
  // @ts-expect-error a position is a bigint
  void (() => store.getStreamMessages('x-1', { position: 4 }))
  // @ts-expect-error a group has a size
  void (() => store.getCategoryMessages('x', { consumerGroup: { member: 0 } }))
  // @ts-expect-error a stream has no groups
  void (() => store.getStreamMessages('x-1', { consumerGroup: { member: 0, size: 1 } }))
  // @ts-expect-error text is not a condition
  void (() => store.getStreamMessages('x-1', { condition: "type = 'A'" }))
  // @ts-expect-error not a column of a message
  void (() => store.getStreamMessages('x-1', { condition: (eb) => eb('kind', '=', 'A') }))
  // @ts-expect-error a number is not a condition
  void (() => store.getStreamMessages('x-1', { condition: sql<number>`1` }))
})

test('conditions know the columns', () => {
  void store.getStreamMessages('x-1', {
    condition: (eb) => {
      expectTypeOf(eb.ref('type')).toExtend<Expression<string>>()
      expectTypeOf(eb.ref('position')).toExtend<Expression<Int8>>()
      return eb.and([eb('type', '=', 'A'), eb('position', '>', 1n), sql<SqlBool>`true`])
    },
  })
})

test('expressions are tables and values with full types', () => {
  const rows = db.selectFrom(getCategoryMessages('x').as('message')).selectAll().execute()
  expectTypeOf(rows).resolves.toEqualTypeOf<MessageRow[]>()

  const joined = db
    .selectFrom(getCategoryMessages('x').as('message'))
    .innerJoin('airport', 'airport.code', 'message.type')
    .select(['airport.city', 'message.global_position', 'message.data', 'message.time'])
    .where('message.position', '>=', 5n)
    .execute()
  expectTypeOf(joined).resolves.toEqualTypeOf<
    { city: string; global_position: Int8; data: string | null; time: Date }[]
  >()

  const lateral = db
    .selectFrom('airport')
    .leftJoinLateral(
      (eb) => getLastStreamMessage(eb.ref('airport.code')).as('last'),
      (join) => join.onTrue(),
    )
    .select(['last.type'])
    .execute()
  expectTypeOf(lateral).resolves.toEqualTypeOf<{ type: string | null }[]>()

  const values = db
    .selectNoFrom([streamVersion('x-1').as('version'), writeMessage('x-1', message).as('position')])
    .execute()
  expectTypeOf(values).resolves.toEqualTypeOf<{ version: Int8 | null; position: Int8 }[]>()

  const query = db.selectFrom(getCategoryMessages('x').as('message'))
  // @ts-expect-error not a column of a message
  void query.select('message.kind')
  // @ts-expect-error a text is not a position
  void query.where('message.time', '=', 5n)
  // @ts-expect-error an expression of another type
  void getLastStreamMessage(sql<number>`1`)
})

test('the table and the views', () => {
  const summary = db.selectFrom('message_store.category_type_summary').selectAll().execute()
  expectTypeOf(summary).resolves.toEqualTypeOf<
    { category: string; type: string; message_count: Int8; percent: string }[]
  >()
  const view = db.updateTable('message_store.stream_summary')
  // @ts-expect-error a view is not written to
  void view.set('stream_name', 'x-1')
})

test('a message that follows keeps its type, its data and its own metadata', () => {
  const source = {} as Message
  const following = follow(source, {
    type: 'AlertRaised',
    data: { delay: 12 },
    metadata: { userId: '7', properties: { a: 1 } },
  })
  expectTypeOf(following.type).toEqualTypeOf<'AlertRaised'>()
  expectTypeOf(following.data).toEqualTypeOf<{ delay: number }>()
  expectTypeOf(following.metadata.userId).toEqualTypeOf<string>()
  expectTypeOf(following.metadata).toExtend<Metadata>()
  expectTypeOf(reply(source, { type: 'A', data: 1 }).message.type).toEqualTypeOf<'A'>()
  void (() => store.writeMessage('x-1', following))

  // @ts-expect-error Eventide's version is a text
  void (() => follow(source, { ...message, metadata: { schemaVersion: 2 } }))
  // @ts-expect-error the time is the message's own
  void (() => follow(source, { ...message, metadata: { time: 'now' } }))
  // @ts-expect-error the type is missing
  void (() => follow(source, { data: 1 }))
  // @ts-expect-error a message to write has no place yet
  void (() => follow(message, message))
})

test('metadata takes keys of your own', () => {
  interface Audited extends Metadata {
    readonly userId: string
  }
  const booked: NewMessage<'Booked', object, Audited> = {
    type: 'Booked',
    data: {},
    metadata: { userId: '7', correlationStreamName: 'booking-7' },
  }
  expectTypeOf(booked.metadata).toEqualTypeOf<Audited | undefined>()
  // @ts-expect-error the reply stream name is a text
  const wrong: Audited = { userId: '7', replyStreamName: 7 }
  void wrong
})
