import { createMessageStore, type Message, type MessageStoreDatabase } from '@mdb/core'
import {
  type Handler,
  type HandlerContext,
  type Logger,
  logObserver,
  type Observer,
  subscribe,
  tableCheckpoints,
  type TransactionContext,
} from '@mdb/subscriptions'
import { measured, traced, tracedPage, withTraceContext } from '@mdb/subscriptions/opentelemetry'
import type { Kysely } from 'kysely'
import { expectTypeOf, test } from 'vitest'

type Departed = Message<'FlightDeparted', { delay: number }>
declare const db: Kysely<MessageStoreDatabase>

test('a traced handler is a handler of the same messages', () => {
  const handler = traced(measured(({ data }: Departed) => data.delay))
  expectTypeOf(handler).toExtend<Handler<Departed>>()
  expectTypeOf(handler).parameter(0).toEqualTypeOf<Departed>()
  const store = createMessageStore(db)
  subscribe(store, { id: 'a', source: { category: 'airport' }, handler })
  subscribe(store, {
    id: 'a',
    source: { category: 'airport' },
    handler: traced((message, context) => {
      expectTypeOf(message).toEqualTypeOf<Message>()
      expectTypeOf(context).toEqualTypeOf<HandlerContext>()
    }),
  })
})

test('in transactional mode it has the transaction', () => {
  subscribe(createMessageStore(db), {
    id: 'a',
    source: { category: 'airport' },
    transactional: 'message',
    checkpoints: tableCheckpoints(db),
    handler: traced((_, context) => {
      expectTypeOf(context).toEqualTypeOf<TransactionContext<MessageStoreDatabase>>()
    }),
  })
})

test('a page handler is not a handler', () => {
  const page = tracedPage((messages: readonly Departed[]) => messages.length)
  // @ts-expect-error it takes pages
  subscribe(createMessageStore(db), { id: 'a', source: { category: 'airport' }, handler: page })
})

test('a message keeps its type', () => {
  const message = { type: 'FlightDeparted', data: { delay: 1 } } as const
  expectTypeOf(withTraceContext(message)).toEqualTypeOf<typeof message>()
  // @ts-expect-error no data
  withTraceContext({ type: 'FlightDeparted' })
})

test('the console is a logger, and levels are those of events', () => {
  expectTypeOf(console).toExtend<Logger>()
  expectTypeOf(logObserver(console)).toEqualTypeOf<Observer>()
  // @ts-expect-error no such event
  logObserver(console, { levels: { born: 'info' } })
  // @ts-expect-error no such level
  logObserver(console, { levels: { live: 'trace' } })
})
