import type { DatabaseConnection, Dialect, Driver } from 'kysely'

/** The one connection of a PGlite, as a test uses it. */
interface ConnectionUse {
  /** Whether somebody holds it now. */
  inUse: boolean
  lastQuery: string
  /** Rolls back the transaction of who holds it: PGlite waits for that before it closes. */
  takeBack(): Promise<void>
}

/** A dialect of one connection that knows whether somebody holds it. */
export function countingDialect(inner: Dialect): {
  readonly dialect: Dialect
  readonly connection: ConnectionUse
} {
  const connection: ConnectionUse = {
    inUse: false,
    lastQuery: '',
    takeBack: () => Promise.resolve(),
  }
  const dialect: Dialect = {
    createAdapter: () => inner.createAdapter(),
    createIntrospector: (db) => inner.createIntrospector(db),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createDriver: () => counting(inner.createDriver(), connection),
  }
  return { dialect, connection }
}

function counting(driver: Driver, connection: ConnectionUse): Driver {
  const acquire = driver.acquireConnection.bind(driver)
  const release = driver.releaseConnection.bind(driver)
  return Object.assign(driver, {
    async acquireConnection(...args: Parameters<Driver['acquireConnection']>) {
      const acquired = await acquire(...args)
      connection.inUse = true
      connection.takeBack = async () => driver.rollbackTransaction(acquired)
      return acquired
    },
    async releaseConnection(...args: [DatabaseConnection]) {
      connection.inUse = false
      await release(...args)
    },
  })
}
