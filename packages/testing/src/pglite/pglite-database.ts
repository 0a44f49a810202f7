import type { PGlite } from '@electric-sql/pglite'
import { createMessageStore } from '@mdb/core'
import { Kysely, PGliteDialect } from 'kysely'
import { InvalidSettingError, LeakedConnectionError } from '../errors.ts'
import type { LeakPolicy, TestDatabase } from '../test-database.ts'
import { faultyDialect } from '../faults/faulty-dialect.ts'
import { within } from '../within.ts'
import { countingDialect } from './counting-dialect.ts'

interface PGliteDatabaseOptions {
  readonly leaks: LeakPolicy
  readonly onClose: () => void
}

/** A PGlite of a test's own, with a Kysely on its one connection. */
export function pgliteDatabase<DB>(
  pglite: PGlite,
  { leaks, onClose }: PGliteDatabaseOptions,
): TestDatabase<DB> {
  const { dialect, connection } = countingDialect(new PGliteDialect({ pglite }))
  const db = new Kysely<DB>({
    dialect,
    log: ({ query }) => void (connection.lastQuery = query.sql),
  })
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closing ??= closeOnce()
    return closing
  }
  const closeOnce = async (): Promise<void> => {
    onClose()
    const leaked = leaks === 'fail' && !(await within(async () => !connection.inUse))
    // Kysely would wait for who holds the connection; and where nothing was queried, it closes nothing.
    if (connection.inUse) await connection.takeBack()
    else await db.destroy()
    if (!pglite.closed) await pglite.close()
    if (leaked) {
      const { lastQuery: query } = connection
      const what = { applicationName: 'mdb-testing', user: 'postgres', state: 'in use', query }
      throw new LeakedConnectionError([{ pid: undefined, ...what }])
    }
  }
  return {
    backend: 'pglite',
    db,
    store: createMessageStore(db),
    connectionString: undefined,
    connect({ faults } = {}) {
      if (faults === undefined) return db
      const tools = { terminate: undefined, takeLease: async () => cannotTakeLease() }
      return new Kysely<DB>({ dialect: faultyDialect(dialect, faults, tools) })
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

// The one connection is in the middle of its holder's transaction.
function cannotTakeLease(): never {
  const expected = 'planned on a backend with more than one connection, or given `takeLease`'
  throw new InvalidSettingError('fault', 'lease lost', expected)
}
