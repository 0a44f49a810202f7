import { type Kysely, sql } from 'kysely'
import { expectTypeOf, test } from 'vitest'
import {
  type Condition,
  type Int8,
  type Message,
  type MessageIterable,
  type MessageStore,
  type MessageStoreDatabase,
  project,
  type Projected,
} from '@mdb/core'
import {
  acquireLock,
  category,
  getCategoryMessages,
  getLastStreamMessage,
  getStreamMessages,
  streamVersion,
  writeMessage,
} from '@mdb/core/functions'

interface Database extends MessageStoreDatabase {
  airport: { code: string; city: string; seen: number }
}
declare const db: Kysely<Database>
declare const store: MessageStore<Database>
const message = { type: 'A', data: 1 }

test('laterals, common table expressions, subqueries and inserts keep their types', () => {
  const lateral = db
    .selectFrom('airport')
    .leftJoinLateral(
      (eb) => getStreamMessages(eb.ref('airport.code')).as('message'),
      (join) => join.onTrue(),
    )
    .select(['airport.code', 'message.position', 'message.data'])
    .execute()
  expectTypeOf(lateral).resolves.toEqualTypeOf<
    { code: string; position: Int8 | null; data: string | null }[]
  >()

  const written = db
    .with('w', (eb) => eb.selectNoFrom(writeMessage('x-1', message).as('position')))
    .selectFrom('w')
    .innerJoin(getCategoryMessages('x').as('m'), 'm.position', 'w.position')
    .select(['w.position', 'm.type'])
    .execute()
  expectTypeOf(written).resolves.toEqualTypeOf<{ position: Int8; type: string }[]>()

  const values = db
    .selectFrom('airport')
    .select((eb) => [
      streamVersion(eb.ref('airport.code')).as('version'),
      category(eb.ref('airport.code')).as('category'),
    ])
    .execute()
  expectTypeOf(values).resolves.toEqualTypeOf<{ version: Int8 | null; category: string }[]>()

  void (() =>
    db
      .insertInto('airport')
      .columns(['code', 'city'])
      .expression((eb) =>
        eb.selectFrom(getCategoryMessages('x').as('m')).select(['m.stream_name', 'm.type']),
      ))
})

test('what must not compile in a query', () => {
  const query = db
    .selectFrom(getStreamMessages('x-1').as('m'))
    .innerJoin('airport', (join) => join.onTrue())
  // @ts-expect-error a column that neither has
  void query.select('m.kind')
  // @ts-expect-error the name of a message's property is not that of a column
  void query.select('m.streamName')
  // @ts-expect-error an alias that is not there
  void query.select('message.id')
  // @ts-expect-error data is text here, not an object
  void query.where('m.data', '=', { delay: 5 })
  // @ts-expect-error a time is a date
  void query.where('m.time', '>', 5n)
  // @ts-expect-error joined to a column that is not there
  void query.innerJoin(getCategoryMessages('x').as('n'), 'n.key', 'm.id')
  // @ts-expect-error a table needs a name
  void db.selectFrom(getCategoryMessages('x'))
  const withVersion = db.with('w', (eb) => eb.selectNoFrom(streamVersion('x-1').as('v')))
  // @ts-expect-error a common table expression has the columns it selects
  void withVersion.selectFrom('w').select('w.position')
})

test('what must not compile as an argument', () => {
  // @ts-expect-error a position is a bigint, not a text
  void (() => getStreamMessages('x-1', { position: '5' }))
  // @ts-expect-error a position is a bigint, not a number
  void (() => getCategoryMessages('x', { position: 5 }))
  // @ts-expect-error an expression of a text is no position
  void (() => getCategoryMessages('x', { position: sql<string>`'5'` }))
  // @ts-expect-error a stream name is a text
  void (() => getStreamMessages(5))
  // @ts-expect-error an expression of a number is no stream name
  void (() => getStreamMessages(sql<number>`5`))
  void db.selectFrom('airport').select((eb) => {
    // @ts-expect-error a number column is no stream name
    return streamVersion(eb.ref('airport.seen')).as('v')
  })
  // @ts-expect-error a batch size is a number
  void (() => getStreamMessages('x-1', { batchSize: 5n }))
  // @ts-expect-error a stream has no correlation
  void (() => getStreamMessages('x-1', { correlation: 'y' }))
  // @ts-expect-error an option that is not there
  void (() => getCategoryMessages('x', { group: { member: 0, size: 1 } }))
  // @ts-expect-error a type is a text
  void (() => getLastStreamMessage('x-1', { type: 5 }))
  // @ts-expect-error an expected version is a bigint or a word
  void (() => writeMessage('x-1', message, { expectedVersion: '5' }))
  // @ts-expect-error a message has a type
  void (() => writeMessage('x-1', { data: 1 }))
  // @ts-expect-error a lock is of a stream name
  void (() => acquireLock(7n))
})

test('conditions see jsonb by its keys', () => {
  const condition: Condition = (eb) =>
    eb.and([
      eb(eb.ref('data', '->>').key('to'), '=', 'SEA'),
      eb('data', '@>', { delay: 5 }),
      eb('metadata', 'is', null),
      eb('time', '>', new Date()),
    ])
  void condition
  // @ts-expect-error a text is no condition
  const text: Condition = "type = 'A'"
  // @ts-expect-error nor is a function that makes one
  const made: Condition = () => "type = 'A'"
  // @ts-expect-error a time is a date
  const time: Condition = (eb) => eb('time', '>', '2024-01-01')
  // @ts-expect-error a type is a text
  const type: Condition = (eb) => eb('type', '=', 5)
  void [text, made, time, type]
})

test('reads that page by themselves', () => {
  type Departed = Message<'FlightDeparted', { delay: number }>
  expectTypeOf(store.readStream<Departed>('x-1')).toEqualTypeOf<MessageIterable<Departed>>()
  expectTypeOf(store.readCategory('x').pages().next).returns.resolves.toExtend<
    IteratorResult<Message[], void>
  >()
  // @ts-expect-error a stream has no groups
  void (() => store.readStream('x-1', { consumerGroup: { member: 0, size: 1 } }))
  // @ts-expect-error one of two words
  void (() => store.readStream('x-1', { direction: 'up' }))
  // @ts-expect-error a position is a bigint
  void (() => store.readCategory('x', { until: 5 }))
  // @ts-expect-error a limit is a number
  void (() => store.readCategory('x', { limit: 5n }))
})

test('a projection says its state, and a version to expect', () => {
  type Deposited = Message<'Deposited', { amount: number }>
  const initial = () => ({ balance: 0 })
  const projected = project(store, 'account-1', {
    initial,
    evolve: ({ balance }, { data }: Deposited) => ({ balance: balance + data.amount }),
  })
  expectTypeOf(projected).resolves.toEqualTypeOf<Projected<{ balance: number }>>()
  void (async () =>
    store.writeMessage('x-1', message, { expectedVersion: (await projected).version }))
  // @ts-expect-error the state after a message is a state
  void (() => project(store, 'account-1', { initial, evolve: () => 'broke' }))
  // @ts-expect-error a fold begins somewhere
  void (() => project(store, 'account-1', { evolve: (state: number) => state }))
})
