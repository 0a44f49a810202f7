import { setImmediate } from 'node:timers/promises'
import type { PGlite } from '@electric-sql/pglite'
import { Kysely, PGliteDialect, type PGlite as Served } from 'kysely'
import type { Database } from './database.ts'

/** A connection to PGlite, and what takes it away. */
export interface PGliteConnection {
  readonly db: Kysely<Database>
  /** From now on nothing comes through, and a transaction under way is rolled back. */
  readonly cut: () => void
}

/**
 * A Kysely on a PGlite that others use as well: PGlite does what they ask one after the other, and each
 * transaction on its own. Cut off, it is to the database as if its process had been killed.
 */
export function connectToPGlite(pglite: PGlite): PGliteConnection {
  const killed = new AbortController()
  const assertAlive = (): void => killed.signal.throwIfAborted()
  // PGlite works inside this process and waits for no I/O: without a break before each query neither
  // a timer nor a request would get a turn while there is something to do.
  const guarded = (asked: Pick<Served, 'query'>): Served['query'] => {
    return async (...args) => {
      await setImmediate()
      assertAlive()
      return await asked.query(...args)
    }
  }
  const served: Served = {
    closed: false,
    ready: pglite.ready,
    waitReady: pglite.waitReady,
    close: () => Promise.resolve(),
    query: guarded(pglite),
    transaction: (callback) =>
      pglite.transaction(async (transaction) => {
        const result = await callback({ ...transaction, query: guarded(transaction) })
        assertAlive()
        return result
      }),
  }
  const db = new Kysely<Database>({ dialect: new PGliteDialect({ pglite: served }) })
  return { db, cut: () => killed.abort(new Error('This process was killed')) }
}
