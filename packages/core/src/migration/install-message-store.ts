import { type Kysely, sql } from 'kysely'
import { MessageStoreIncompleteError } from '../errors.ts'
import { findParts } from './find-parts.ts'
import { installedVersion } from './installed-version.ts'
import { OFFICIAL_FILES, readOfficialFile } from './official-sql.ts'
import { ensureRole, type RoleOutcome } from './role.ts'
import { splitStatements } from './split-statements.ts'

/** What `installMessageStore` did. */
export interface Installation {
  /** The version of Message DB that is there now. */
  readonly version: string
  /** Whether this call installed it; `false` when it was there before. */
  readonly installed: boolean
  /**
   * Whether role `message_store` exists and was granted what the official installation grants;
   * `undefined` when nothing was installed.
   */
  readonly role: RoleOutcome | undefined
}

// Any number will do that nobody else locks: the bytes of "mdb_inst".
const INSTALL_LOCK = 0x6d_64_62_5f_69_6e_73_74n

/**
 * Installs Message DB into the database, from the official SQL, in one transaction. Does nothing
 * where it is installed already, and lets two processes try at once.
 *
 * Needs the right to create a schema. Role `message_store` is created, as the official installation
 * does, when the user may; otherwise the result says why not.
 *
 * @example
 * ```ts
 * import { installMessageStore } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const { version, installed } = await installMessageStore(db)
 * console.log(version, installed) // 1.3.0 false
 * ```
 *
 * @returns the version, and whether this call installed it.
 * @throws {MessageStoreIncompleteError} when a part is there and the rest is missing.
 *
 * Stands on the SQL files of `@eventide/message-db`.
 */
export async function installMessageStore<DB>(db: Kysely<DB>): Promise<Installation> {
  const plain = db.withoutPlugins()
  if (plain.isTransaction) return install(plain)
  return plain.transaction().execute(async (trx) => install(trx))
}

async function install<DB>(trx: Kysely<DB>): Promise<Installation> {
  await sql`select pg_advisory_xact_lock(${INSTALL_LOCK}::bigint)`.execute(trx)
  const present = await installedVersion(trx)
  if (present !== undefined) return { version: present, installed: false, role: undefined }
  const found = await findParts(trx)
  if (found.length > 0) throw new MessageStoreIncompleteError(found)

  const role = await ensureRole(trx)
  const previous = await setSearchPath(trx, 'message_store, pg_temp')
  await runFiles(trx, OFFICIAL_FILES.store)
  if (role.granted) await runFiles(trx, OFFICIAL_FILES.privileges)
  await setSearchPath(trx, previous)

  const version = await installedVersion(trx)
  if (version === undefined) throw new MessageStoreIncompleteError(await findParts(trx))
  return { version, installed: true, role }
}

async function runFiles<DB>(trx: Kysely<DB>, files: readonly string[]): Promise<void> {
  for (const file of files) {
    for (const statement of splitStatements(await readOfficialFile(file))) {
      await sql.raw(statement).execute(trx)
    }
  }
}

// One official file drops an index by its bare name: it must not find the caller's.
async function setSearchPath<DB>(trx: Kysely<DB>, path: string): Promise<string> {
  const { rows } = await sql<{ previous: string }>`
    select current_setting('search_path') as previous
  `.execute(trx)
  await sql`select set_config('search_path', ${path}, true)`.execute(trx)
  return rows[0]?.previous ?? ''
}
