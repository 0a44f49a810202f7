import type { DatabaseConnection, Dialect, DialectAdapter, Driver } from 'kysely'
import type { Holds } from '../holds.ts'

/** The one connection of a PGlite, for as long as somebody holds it. */
export interface Hold extends DatabaseConnection {
  /** Takes it from who holds it, and rolls back: the next in the queue gets it, and this one nothing more. */
  takeBack(): Promise<void>
}

/**
 * A dialect of one connection that is known to be held, and can be taken back. Kysely's own queue for it
 * would wait for ever for a holder who never gives it back.
 */
export function oneConnection(inner: Dialect, holds: Holds<Hold>): Dialect {
  return {
    createAdapter: () => queueless(inner.createAdapter()),
    createIntrospector: (db) => inner.createIntrospector(db),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createDriver: () => queueing(inner.createDriver(), holds),
  }
}

function queueless(adapter: DialectAdapter): DialectAdapter {
  return Object.create(adapter, { supportsMultipleConnections: { value: true } }) as DialectAdapter
}

function queueing(driver: Driver, holds: Holds<Hold>): Driver {
  const letGo = new WeakMap<DatabaseConnection, () => void>()
  let free = Promise.resolve()

  const release = (hold: Hold): void => {
    holds.givenBack(hold)
    letGo.get(hold)?.()
    letGo.delete(hold)
  }
  const acquire = driver.acquireConnection.bind(driver)
  const rollback = driver.rollbackTransaction.bind(driver)
  const own = new WeakMap<DatabaseConnection, DatabaseConnection>()
  /** The driver's connection, for who holds it still. */
  const connectionOf = (hold: DatabaseConnection): DatabaseConnection => {
    const connection = own.get(hold)
    if (connection === undefined || !letGo.has(hold)) throw takenBack()
    return connection
  }

  return {
    init: async (options) => driver.init(options),
    destroy: async (options) => driver.destroy(options),
    async acquireConnection(options) {
      const { promise, resolve } = Promise.withResolvers<void>()
      const before = free
      free = promise
      await before
      const connection = await acquire(options)
      const hold: Hold = {
        executeQuery: async (query, ...rest) => connectionOf(hold).executeQuery(query, ...rest),
        streamQuery: (query, ...rest) => connectionOf(hold).streamQuery(query, ...rest),
        async takeBack() {
          await rollback(connection)
          release(hold)
        },
      }
      own.set(hold, connection)
      letGo.set(hold, resolve)
      holds.taken(hold)
      return hold
    },
    releaseConnection: async (hold) => release(hold as Hold),
    beginTransaction: async (hold, settings) =>
      driver.beginTransaction(connectionOf(hold), settings),
    commitTransaction: async (hold) => driver.commitTransaction(connectionOf(hold)),
    rollbackTransaction: async (hold) => rollback(connectionOf(hold)),
    savepoint: async (hold, ...rest) => driver.savepoint?.(connectionOf(hold), ...rest),
    rollbackToSavepoint: async (hold, ...rest) =>
      driver.rollbackToSavepoint?.(connectionOf(hold), ...rest),
    releaseSavepoint: async (hold, ...rest) =>
      driver.releaseSavepoint?.(connectionOf(hold), ...rest),
  }
}

/** As pg says it of a connection that was cut. */
function takenBack(): Error {
  return new Error('Connection terminated unexpectedly')
}
