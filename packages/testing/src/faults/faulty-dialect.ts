import { CompiledQuery, type DatabaseConnection, type Dialect, type Driver } from 'kysely'
import type { FaultName, Faults } from './faults.ts'
import { holdsCheckpoint, pointsOf, type FaultPoint } from './points.ts'

/** What a fault does to the database, apart from the connection it strikes. */
export interface FaultTools {
  /** Ends a session by its process, and waits until it is gone; `undefined` where there is one alone. */
  readonly terminate: ((pid: number) => Promise<void>) | undefined
  readonly takeLease: () => Promise<void>
}

const COMMIT: ReadonlySet<FaultPoint> = new Set<FaultPoint>(['commit'])
const BEGIN: ReadonlySet<FaultPoint> = new Set<FaultPoint>(['begin'])
// Begun and ended by the driver itself, which is where those are struck.
const CONTROL =
  /^\s*(?:begin|start transaction|commit|rollback|savepoint|release|set transaction)\b/i
// Stands in for a wake-up: of a connection that is lost besides, its caller hears all the same.
const NOTHING = CompiledQuery.raw('select where false')

/** A dialect whose connections suffer the faults. */
export function faultyDialect(inner: Dialect, faults: Faults, tools: FaultTools): Dialect {
  return {
    createAdapter: () => inner.createAdapter(),
    createIntrospector: (db) => inner.createIntrospector(db),
    createQueryCompiler: () => inner.createQueryCompiler(),
    createDriver: () => faultyDriver(inner.createDriver(), faults, tools),
  }
}

function faultyDriver(driver: Driver, faults: Faults, tools: FaultTools): Driver {
  const acquire = driver.acquireConnection.bind(driver)
  const begin = driver.beginTransaction.bind(driver)
  const commit = driver.commitTransaction.bind(driver)
  const rollback = driver.rollbackTransaction.bind(driver)
  const execute = new WeakMap<DatabaseConnection, DatabaseConnection['executeQuery']>()
  const inTransaction = new WeakSet<DatabaseConnection>()
  // A lock that the rollback of a savepoint frees is thought to be held still: no harm in that.
  const holding = new WeakSet<DatabaseConnection>()
  const ended = (connection: DatabaseConnection): void => {
    inTransaction.delete(connection)
    holding.delete(connection)
  }

  const cut = async (connection: DatabaseConnection): Promise<void> => {
    const run = execute.get(connection)
    if (tools.terminate === undefined || run === undefined) throw terminated()
    const query = CompiledQuery.raw('select pg_backend_pid() as pid')
    const { rows } = await run<{ readonly pid: number }>(query)
    await tools.terminate(rows[0]?.pid ?? 0)
  }
  const suffer = async (
    connection: DatabaseConnection,
    struck: readonly FaultName[],
  ): Promise<void> => {
    if (struck.includes('database restarted')) await faults.restart?.()
    if (struck.includes('lease lost')) await (faults.takeLease ?? tools.takeLease)()
    if (struck.includes('connection lost')) await cut(connection)
  }

  return Object.assign(driver, {
    async acquireConnection(...args: Parameters<Driver['acquireConnection']>) {
      const connection = await acquire(...args)
      if (execute.has(connection)) return connection
      const run = connection.executeQuery.bind(connection)
      execute.set(connection, run)
      const faulty: DatabaseConnection['executeQuery'] = async (query, ...rest) => {
        if (CONTROL.test(query.sql)) return run(query, ...rest)
        const struck = faults.strike(pointsOf(query), query.sql, holding.has(connection))
        await suffer(connection, struck)
        if (struck.includes('wake-up lost')) return run(NOTHING, ...rest)
        if (inTransaction.has(connection) && holdsCheckpoint(query.sql)) holding.add(connection)
        return run(query, ...rest)
      }
      return Object.assign(connection, { executeQuery: faulty })
    },
    async beginTransaction(...[connection, settings]: Parameters<Driver['beginTransaction']>) {
      await suffer(connection, faults.strike(BEGIN, 'begin'))
      await begin(connection, settings)
      inTransaction.add(connection)
    },
    async rollbackTransaction(connection: DatabaseConnection) {
      ended(connection)
      await rollback(connection)
    },
    async commitTransaction(connection: DatabaseConnection) {
      const struck = faults.strike(COMMIT, 'commit', holding.has(connection))
      ended(connection)
      await suffer(connection, struck)
      if (struck.includes('crash before commit')) await cut(connection)
      await commit(connection)
      if (!struck.includes('commit unacknowledged')) return
      if (tools.terminate !== undefined) await cut(connection)
      throw terminated()
    },
  })
}

/** As pg says it of a connection that ended under a query. */
function terminated(): Error {
  return new Error('Connection terminated unexpectedly')
}
