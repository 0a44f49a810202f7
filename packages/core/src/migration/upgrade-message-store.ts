import { type Kysely, sql } from 'kysely'
import { MessageStoreNotInstalledError } from '../errors.ts'
import { UnknownMessageStoreVersionError } from '../errors/migration-errors.ts'
import { DEFAULT_SCHEMA } from '../search-path.ts'
import { changeInstallation } from './change-installation.ts'
import { installedVersion } from './installed-version.ts'
import { OFFICIAL_VERSION, readOfficialFile } from './official-sql.ts'
import { checkMayAlter, explainRefusal, readRights } from './rights.ts'
import { runOfficialFiles, withOfficialPath } from './run-official-files.ts'
import { type UpdateStep, updateSteps, upgradeScripts } from './update-scripts.ts'

/** What `upgradeMessageStore` did. */
export interface Upgrade {
  /** The version before. */
  readonly from: string
  /** The version now. */
  readonly version: string
  /** Whether this call changed anything. */
  readonly upgraded: boolean
}

/**
 * Upgrades a store of Message DB 1.0 to 1.2 to the version that `@eventide/message-db` brings, by
 * what its own update scripts do, in one transaction. Messages and their positions are not touched.
 * Does nothing on a store that has this version already, and lets two processes try at once.
 *
 * Needs to be the owner of Message DB's table and functions, or a member of that role. Views and
 * functions of yours that stand on a function which the scripts replace are never dropped: the
 * upgrade fails with PostgreSQL's error 2BP01, which names them, and nothing is changed.
 *
 * @example
 * ```ts
 * import { upgradeMessageStore } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * console.log(await upgradeMessageStore(db)) // { from: '1.3.0', version: '1.3.0', upgraded: false }
 * ```
 *
 * @returns the version before and after, and whether this call changed anything.
 * @throws {MessageStoreNotInstalledError} {@link UnknownMessageStoreVersionError}
 *   {@link InstallationPermissionError}
 *
 * Stands on `update/1.2.2.sh` and `update/1.3.0.sh` of `@eventide/message-db`.
 */
export async function upgradeMessageStore<DB>(db: Kysely<DB>): Promise<Upgrade> {
  return changeInstallation(db, upgrade)
}

async function upgrade<DB>(trx: Kysely<DB>): Promise<Upgrade> {
  const from = await installedVersion(trx)
  if (from === undefined) throw new MessageStoreNotInstalledError(DEFAULT_SCHEMA)
  const scripts = upgradeScripts(from)
  if (scripts === undefined) throw new UnknownMessageStoreVersionError(from, OFFICIAL_VERSION)
  if (scripts.length === 0) return { from, version: from, upgraded: false }
  const rights = await readRights(trx)
  checkMayAlter(rights)

  await withOfficialPath(trx, () => runScripts(trx, scripts)).catch((error: unknown) =>
    explainRefusal(error, rights),
  )
  const version = await installedVersion(trx)
  if (version !== OFFICIAL_VERSION) {
    throw new UnknownMessageStoreVersionError(version ?? 'none', OFFICIAL_VERSION)
  }
  return { from, version, upgraded: true }
}

async function runScripts<DB>(trx: Kysely<DB>, scripts: readonly string[]): Promise<void> {
  const { rows } = await sql`select from pg_roles where rolname = 'message_store'`.execute(trx)
  const roleExists = rows.length > 0
  for (const script of scripts) {
    for (const step of updateSteps(await readOfficialFile(script))) {
      if (roleExists || !isGrant(step)) await runStep(trx, step)
    }
  }
}

async function runStep<DB>(trx: Kysely<DB>, step: UpdateStep): Promise<void> {
  if ('file' in step) await runOfficialFiles(trx, [step.file])
  else await sql.raw(step.statement).execute(trx)
}

const isGrant = (step: UpdateStep): boolean =>
  'statement' in step && step.statement.startsWith('GRANT')
