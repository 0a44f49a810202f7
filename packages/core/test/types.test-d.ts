import { type Expression, type Kysely, sql, type SqlBool } from 'kysely'
import { expectTypeOf, test } from 'vitest'
import {
  createMessageStore,
  type Int8,
  type Message,
  type MessageRow,
  type MessageStore,
  type MessageStoreDatabase,
  type NewMessage,
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
