import type { Message, MessageStore } from '@mdb/core'
import { createMessageStore } from '@mdb/core'
import type { Kysely, Transaction } from 'kysely'
import { build, type BuiltMessage } from './builders.ts'
import { verify, type Expected } from './verify.ts'

/** Where a scenario takes place: a `TestDatabase`, or a store and its Kysely. */
export interface Place<DB> {
  readonly db: Kysely<DB>
  readonly store: MessageStore<DB>
}

/** What a handler gets: as from a subscription, and the place besides. */
export interface WhenContext<DB> extends Place<DB> {
  readonly signal: AbortSignal
}

/** What a transactional handler gets, as from a subscription. */
export interface WhenTransactionContext<DB> {
  readonly trx: Transaction<DB>
  readonly store: MessageStore<DB>
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
  /** The same in a transaction, which is rolled back when the handler fails. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
  whenInTransaction<M extends Message>(
    handler: (message: M, context: WhenTransactionContext<DB>) => unknown,
    message: BuiltMessage,
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
  ...messages: readonly (BuiltMessage | readonly BuiltMessage[])[]
): Given<DB> {
  const place = { db, store }
  const { signal } = new AbortController()

  async function write(built: BuiltMessage): Promise<void> {
    const { streamName, message } = await build(store as MessageStore<unknown>, built)
    await store.writeMessage(streamName, message)
  }

  async function handOver<M extends Message>(built: BuiltMessage): Promise<M> {
    const { streamName } = await build(store as MessageStore<unknown>, built)
    await write(built)
    return (await store.getLastStreamMessage(streamName)) as M
  }

  function when(act: (begin: () => Promise<void>) => Promise<unknown>): When<DB> {
    return {
      async thenExpect(expected) {
        for (const each of messages.flat()) await write(each)
        await verify(place, expected, act)
      },
    }
  }

  return {
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
    when: <M extends Message>(
      handler: (message: M, context: WhenContext<DB>) => unknown,
      built: BuiltMessage,
    ) =>
      when(async (begin) => {
        const message = await handOver<M>(built)
        await begin()
        await handler(message, { ...place, signal })
      }),
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- a handler of some types is one
    whenInTransaction: <M extends Message>(
      handler: (message: M, context: WhenTransactionContext<DB>) => unknown,
      built: BuiltMessage,
    ) =>
      when(async (begin) => {
        const message = await handOver<M>(built)
        await begin()
        await db.transaction().execute(async (trx) => {
          await handler(message, { trx, store: createMessageStore(trx), signal })
        })
      }),
    whenDone: (action) =>
      when(async (begin) => {
        await begin()
        await action(place)
      }),
  }
}
