import type { Kysely } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'
import { changeInstallation } from './change-installation.ts'
import { dropEmptyMessageStore } from './drop-message-store.ts'
import { installMessageStore } from './install-message-store.ts'
import { upgradeMessageStore } from './upgrade-message-store.ts'

/**
 * Message DB as a Kysely migration, for a file of your own in a folder of migrations.
 *
 * `up` installs Message DB, or upgrades an older one, and does nothing where version 1.3.0 is there,
 * whoever installed it. `down` drops an installation that holds no message, and refuses otherwise.
 *
 * @example
 * ```ts
 * import { messageStoreMigration } from '@mdb/core/migration'
 *
 * // In migrations/2026-01-01-message-store.ts, as kysely-ctl and FileMigrationProvider read it:
 * export const { up, down } = messageStoreMigration
 * ```
 *
 * @throws {InstallationPermissionError} {@link MessageStoreIncompleteError}
 *   {@link UnknownMessageStoreVersionError}, and from `down` {@link MessageStoreNotEmptyError}: Kysely
 *   hands them back as the result's `error`, with all of the run rolled back.
 *
 * Stands on {@link installMessageStore} and {@link upgradeMessageStore}.
 */
export const messageStoreMigration: Required<Migration> = {
  async up(db: Kysely<unknown>): Promise<void> {
    await changeInstallation(db, async (trx) => {
      await installMessageStore(trx)
      await upgradeMessageStore(trx)
    })
  },
  async down(db: Kysely<unknown>): Promise<void> {
    await changeInstallation(db, dropEmptyMessageStore)
  },
}

/** What {@link messageStoreMigrations} takes. */
export interface MessageStoreMigrationsOptions {
  /**
   * What the names begin with, such as `2026-01-01-`: Kysely runs migrations in the order of their
   * names, and wants new ones to come after those that ran. Default is nothing.
   */
  readonly prefix?: string | undefined
}

/**
 * Message DB as migrations that Kysely's `Migrator` runs, beside yours or by themselves. Their names
 * never change: `mdb-0001-message-store`.
 *
 * @example
 * ```ts
 * import { messageStoreMigrations } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 * import { Migrator } from 'kysely/migration'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * const migrator = new Migrator({ db, provider: messageStoreMigrations() })
 * const { error, results } = await migrator.migrateToLatest()
 * console.log(error, results) // undefined, [{ migrationName: 'mdb-0001-message-store', … }]
 * ```
 *
 * @returns a migration provider. {@link mergeMigrations} puts it together with yours.
 *
 * Stands on {@link messageStoreMigration}.
 */
export function messageStoreMigrations(
  options: MessageStoreMigrationsOptions = {},
): MigrationProvider {
  const { prefix = '' } = options
  return {
    getMigrations: async () => ({ [`${prefix}mdb-0001-message-store`]: messageStoreMigration }),
  }
}
