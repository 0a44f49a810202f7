import { createMessageStore, type MessageStore } from '@mdb/core'
import type { Kysely } from 'kysely'
import type { TestDatabase } from './test-database.ts'

/** A store inside a transaction that is never committed. */
export interface TestTransaction<DB> extends AsyncDisposable {
  /** The transaction. `db.transaction()` cannot be called in it. */
  readonly db: Kysely<DB>
  readonly store: MessageStore<DB>
  /** Takes back all that was done. Also what `await using` calls. */
  rollback(): Promise<void>
}

/**
 * Begins a transaction that is rolled back at the end: the fastest way to leave a store as it was,
 * for tests that need one connection, no transaction of their own, and survive no failed statement.
 * Rolling back does not give back global positions, and all messages of a transaction have one time.
 *
 * @example
 * ```ts
 * import { beginTransaction, startServer } from '@mdb/testing'
 *
 * await using server = await startServer()
 * await using database = await server.createDatabase()
 * {
 *   await using trx = await beginTransaction(database)
 *   await trx.store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * }
 * console.log(await database.store.streamVersion('airport-SEA')) // undefined
 * ```
 *
 * @returns the transaction, with a store in it.
 */
export async function beginTransaction<DB>(
  database: TestDatabase<DB>,
): Promise<TestTransaction<DB>> {
  const db = await database.db.startTransaction().execute()
  const rollback = async (): Promise<void> => {
    if (!db.isCommitted && !db.isRolledBack) await db.rollback().execute()
  }
  return { db, store: createMessageStore(db), rollback, [Symbol.asyncDispose]: rollback }
}
