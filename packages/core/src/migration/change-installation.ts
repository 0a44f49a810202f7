import { type Kysely, sql } from 'kysely'

// Any number will do that nobody else locks: the bytes of "mdb_inst".
const INSTALL_LOCK = 0x6d_64_62_5f_69_6e_73_74n

/**
 * Runs a change of the installation in the caller's transaction, or in one of its own, alone: other
 * processes that would change it wait. Plugins of the caller's Kysely do not touch its queries.
 */
export async function changeInstallation<DB, Result>(
  db: Kysely<DB>,
  change: (trx: Kysely<DB>) => Promise<Result>,
): Promise<Result> {
  const alone = async (trx: Kysely<DB>): Promise<Result> => {
    await sql`select pg_advisory_xact_lock(${INSTALL_LOCK}::bigint)`.execute(trx)
    return change(trx)
  }
  const plain = db.withoutPlugins()
  return plain.isTransaction ? alone(plain) : plain.transaction().execute(alone)
}
