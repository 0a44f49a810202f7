import type { PGlite } from '@electric-sql/pglite'
import { createMessageStore } from '@mdb/core'
import { Kysely, PGliteDialect } from 'kysely'
import { InvalidSettingError, LeakedConnectionError, type LeakMoment } from '../errors.ts'
import type { LeakPolicy, TestDatabase } from '../test-database.ts'
import { faultyDialect } from '../faults/faulty-dialect.ts'
import { Holds } from '../holds.ts'
import { within } from '../within.ts'
import { oneConnection, type Hold } from './one-connection.ts'

interface PGliteDatabaseOptions {
  readonly leaks: LeakPolicy
  readonly onClose: () => void
}

/** A PGlite of a test's own, with a Kysely on its one connection. */
export function pgliteDatabase<DB>(
  pglite: PGlite,
  { leaks, onClose }: PGliteDatabaseOptions,
): TestDatabase<DB> {
  const holds = new Holds<Hold>()
  const dialect = oneConnection(new PGliteDialect({ pglite }), holds)
  let lastQuery = ''
  const db = new Kysely<DB>({ dialect, log: ({ query }) => void (lastQuery = query.sql) })
  const leak = (moment: LeakMoment): LeakedConnectionError => {
    const what = { applicationName: 'mdb-testing', user: 'postgres', state: 'in use' }
    return new LeakedConnectionError([{ pid: undefined, ...what, query: lastQuery }], moment)
  }
  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closing ??= closeOnce()
    return closing
  }
  const closeOnce = async (): Promise<void> => {
    onClose()
    const leaked = leaks === 'fail' && !(await within(async () => holds.now().length === 0))
    const error = leaked ? leak('the test database was closed') : undefined
    await takeBack(holds.now())
    // Where nothing was queried, Kysely closes nothing.
    await db.destroy()
    if (!pglite.closed) await pglite.close()
    if (error !== undefined) throw error
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
    watchConnections() {
      const held = holds.watch()
      return async () => {
        const left = await held()
        if (left.length === 0) return
        await takeBack(left)
        throw leak('a test ended')
      }
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function takeBack(held: readonly Hold[]): Promise<void> {
  await Promise.all(held.map(async (hold) => hold.takeBack()))
}

// The one connection is in the middle of its holder's transaction.
function cannotTakeLease(): never {
  const expected = 'planned on a backend with more than one connection, or given `takeLease`'
  throw new InvalidSettingError('fault', 'lease lost', expected)
}
