import { type Kysely, sql, type Transaction } from 'kysely'

const SAVEPOINT = sql.id('mdb_scenario')

/** Runs in a transaction; in one that is open already, in a savepoint, to which a failure takes it back. */
export async function inTransaction<DB>(
  db: Kysely<DB>,
  run: (trx: Transaction<DB>) => Promise<void>,
): Promise<void> {
  if (!db.isTransaction) {
    await db.transaction().execute(run)
    return
  }
  await sql`savepoint ${SAVEPOINT}`.execute(db)
  try {
    await run(db as Transaction<DB>)
  } catch (error) {
    await sql`rollback to savepoint ${SAVEPOINT}`.execute(db)
    throw error
  }
  await sql`release savepoint ${SAVEPOINT}`.execute(db)
}
