import type { Kysely } from 'kysely'
import { MessageStoreIncompleteError } from '../errors.ts'
import { changeInstallation } from './change-installation.ts'
import { findParts } from './find-parts.ts'
import { installedVersion } from './installed-version.ts'
import { OFFICIAL_FILES } from './official-sql.ts'
import { ensureRandomUuid } from './random-uuid.ts'
import { checkMayInstall, explainRefusal, readRights, type Rights } from './rights.ts'
import { checkGrants, ensureRole, type RoleOutcome } from './role.ts'
import { runOfficialFiles, withOfficialPath } from './run-official-files.ts'

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

/**
 * Installs Message DB into the database, from the official SQL, in one transaction. Does nothing
 * where it is installed already, and lets two processes try at once.
 *
 * Needs neither a superuser nor, since PostgreSQL 13, an extension: the right to create a schema will
 * do, or to create in a schema `message_store` that is there. Role `message_store` is created, as the
 * official installation does, when the user may; otherwise the result says why not. A store of an
 * older version is left as it is: {@link upgradeMessageStore} upgrades it.
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
 *   {@link InstallationPermissionError} when the role may not; it says what to run.
 *
 * Stands on the SQL files of `@eventide/message-db`.
 */
export async function installMessageStore<DB>(db: Kysely<DB>): Promise<Installation> {
  return changeInstallation(db, install)
}

async function install<DB>(trx: Kysely<DB>): Promise<Installation> {
  const present = await installedVersion(trx)
  if (present !== undefined) return { version: present, installed: false, role: undefined }
  const found = await findParts(trx)
  if (found.length > 0) throw new MessageStoreIncompleteError(found)
  const rights = await readRights(trx)
  checkMayInstall(rights)

  const role = await runInstallation(trx, rights).catch((error: unknown) =>
    explainRefusal(error, rights),
  )
  const version = await installedVersion(trx)
  if (version === undefined) throw new MessageStoreIncompleteError(await findParts(trx))
  return { version, installed: true, role }
}

async function runInstallation<DB>(trx: Kysely<DB>, rights: Rights): Promise<RoleOutcome> {
  const role = await ensureRole(trx)
  // `if not exists` would ask for the right to create a schema even when it is there.
  if (!rights.schemaExists) await runOfficialFiles(trx, OFFICIAL_FILES.schema)
  const uuidSchema = await ensureRandomUuid(trx, rights.role)
  await withOfficialPath(trx, async () => {
    await runOfficialFiles(trx, OFFICIAL_FILES.store, uuidSchema)
    if (role.granted) await runOfficialFiles(trx, OFFICIAL_FILES.privileges, uuidSchema)
  })
  return role.granted ? checkGrants(trx) : role
}
