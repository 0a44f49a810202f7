import type { Message, MessageStore } from '@mdb/core'
import type { Kysely, Transaction } from 'kysely'
import type { BuiltMessage, BuiltMessages } from './builders.ts'
import { handOver, write } from './hand-over.ts'
import { inTransaction } from './in-transaction.ts'
import { verify, type Expected, type Scene } from './verify.ts'

/** Where a scenario takes place: a `TestDatabase`, or a store and its Kysely. */
export interface Place<DB> {
  readonly db: Kysely<DB>
  readonly store: MessageStore<DB>
}

/** What a handler gets: as from a subscription, and the place besides. */
export interface WhenContext<DB> extends Place<DB> {
  /** `test`. */
  readonly subscriptionId: string
  readonly signal: AbortSignal
}

/** What a transactional handler gets, as from a subscription. */
export interface WhenTransactionContext<DB> {
  readonly trx: Transaction<DB>
  readonly store: MessageStore<DB>
  /** `test`. */
  readonly subscriptionId: string
  readonly signal: AbortSignal
}

/** A scenario whose history is told. */
export interface Given<DB> {
  /** When one more message is handled: it is written, and handed over as a subscription would. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
  when<M extends Message>(
    handler: (message: M, context: WhenContext<DB>) => unknown,
    message: BuiltMessage,
  ): When<DB>
  /**
   * The same in a transaction, which is rolled back when the handler fails; where the scenario itself
   * is in a transaction, in a savepoint of it.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
  whenInTransaction<M extends Message>(
    handler: (message: M, context: WhenTransactionContext<DB>) => unknown,
    message: BuiltMessage,
  ): When<DB>
  /** When a page of more messages is handled: all are written, and handed over at once. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
  whenPage<M extends Message>(
    handler: (messages: readonly M[], context: WhenContext<DB>) => unknown,
    ...messages: readonly BuiltMessages[]
  ): When<DB>
  /** The same in a transaction, as {@link whenInTransaction}. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
  whenPageInTransaction<M extends Message>(
    handler: (messages: readonly M[], context: WhenTransactionContext<DB>) => unknown,
    ...messages: readonly BuiltMessages[]
  ): When<DB>
  /** When something else is done: a message written, a decision taken. */
  whenDone(action: (place: Place<DB>) => unknown): When<DB>
}

/** A scenario in which something has happened. It runs when `thenExpect` is called. */
export interface When<DB> {
  /**
   * Runs the scenario, and compares what came of it. Nothing that is not spoken of is compared, but an
   * error that is not expected is thrown as it is.
   *
   * @throws {AssertionError} of `node:assert`, with a difference to read, and `actual` and `expected`.
   * @throws {ScenarioSetUpError} when what is tested could not begin: that is none of its errors.
   */
  thenExpect(expected: Expected<DB>): Promise<void>
}

/**
 * Tells a test of a handler, a projection or a decision as given, when and then, on a real store.
 *
 * @example
 * ```ts
 * import { given, message, startServer, stream } from '@mdb/testing'
 *
 * await using server = await startServer()
 * await using database = await server.createDatabase()
 *
 * await given(database, stream('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } }))
 *   .when(async ({ streamName }, { store }) => {
 *     const departures = await store.getStreamMessages(streamName)
 *     await store.writeMessage('alert-SEA', { type: 'Alerted', data: { of: departures.length } })
 *   }, message('airport-SEA', 'FlightDeparted', { delay: 90 }))
 *   .thenExpect({ messages: [message('alert-SEA', 'Alerted', { of: 2 })] })
 * ```
 *
 * @param messages the history, in order: messages of `message`, or lists of them as of `stream`.
 */
export function given<DB>(
  { db, store }: Place<DB>,
  ...messages: readonly BuiltMessages[]
): Given<DB> {
  const place = { db, store }
  const { signal } = new AbortController()
  const asSubscribed = { subscriptionId: 'test', signal }

  function when(scene: Scene): When<DB> {
    return {
      async thenExpect(expected) {
        await verify(place, expected, async () => {
          for (const each of messages.flat()) await write(store, each)
          return scene()
        })
      },
    }
  }

  /** When messages are handled, with the place. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
  function whenHandled<M extends Message>(
    built: readonly BuiltMessages[],
    handle: (messages: readonly M[], context: WhenContext<DB>) => unknown,
  ): When<DB> {
    return when(async () => {
      const page = await handOver<M, DB>(store, built.flat())
      return async (begins) => {
        begins()
        await handle(page, { ...place, ...asSubscribed })
      }
    })
  }

  /** When messages are handled, in a transaction. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
  function whenTransacted<M extends Message>(
    built: readonly BuiltMessages[],
    handle: (messages: readonly M[], context: WhenTransactionContext<DB>) => unknown,
  ): When<DB> {
    return when(async () => {
      const page = await handOver<M, DB>(store, built.flat())
      return async (begins) =>
        inTransaction(db, async (trx) => {
          begins()
          await handle(page, { trx, store: store.using(trx), ...asSubscribed })
        })
    })
  }

  return {
    when: (handler, built) => whenHandled([built], first(handler)),
    whenInTransaction: (handler, built) => whenTransacted([built], first(handler)),
    whenPage: (handler, ...built) => whenHandled(built, handler),
    whenPageInTransaction: (handler, ...built) => whenTransacted(built, handler),
    whenDone: (action) =>
      when(async () => async (begins) => {
        begins()
        await action(place)
      }),
  }
}

/** A handler of one message as one of a page that has no other. */
function first<M, Context>(
  handler: (message: M, context: Context) => unknown,
): (messages: readonly M[], context: Context) => unknown {
  return ([message], context) => handler(message as M, context)
}
