import type { Kysely } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'
import { checkConsumerGroup } from '../validate-read.ts'
import { changeInstallation } from './change-installation.ts'
import { createConsumerGroupIndex } from './create-consumer-group-index.ts'
import { dropConsumerGroupIndex } from './drop-consumer-group-index.ts'
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

/**
 * The index of a consumer group's size as a Kysely migration.
 *
 * Kysely runs migrations in a transaction, where the index cannot be built concurrently: writes wait
 * until it is built. For a large store in use, call {@link createConsumerGroupIndex} first; the
 * migration then finds the index and only takes note of it. With `disableTransactions` it is built
 * concurrently here too.
 *
 * @example
 * ```ts
 * import { consumerGroupIndexMigration } from '@mdb/core/migration'
 *
 * // In migrations/2026-01-03-consumer-group-of-16.ts:
 * export const { up, down } = consumerGroupIndexMigration({ size: 16 })
 * ```
 *
 * @returns a migration; its `down` drops the index.
 * @throws {InvalidConsumerGroupError} at once, when there is no such group.
 *
 * Stands on {@link createConsumerGroupIndex} and {@link dropConsumerGroupIndex}.
 */
export function consumerGroupIndexMigration(options: {
  /** The size of the group: from 1 to 32767. */
  readonly size: number
}): Required<Migration> {
  const { size } = options
  checkConsumerGroup({ member: 0, size })
  return {
    async up(db: Kysely<unknown>): Promise<void> {
      await createConsumerGroupIndex(db, { size, concurrently: !db.isTransaction })
    },
    async down(db: Kysely<unknown>): Promise<void> {
      await dropConsumerGroupIndex(db, { size, concurrently: !db.isTransaction })
    },
  }
}

/** What {@link messageStoreMigrations} takes. */
export interface MessageStoreMigrationsOptions {
  /**
   * What the names begin with, such as `2026-01-01-`: Kysely runs migrations in the order of their
   * names, and wants new ones to come after those that ran. Default is nothing.
   */
  readonly prefix?: string | undefined
  /**
   * The sizes of the consumer groups to make an index for, each by a migration of its own: see
   * {@link consumerGroupIndexMigration}. Default is none. For a size that is added later, use that
   * under a name of your own: a name made here might come before those that ran.
   */
  readonly consumerGroupSizes?: readonly number[] | undefined
}

/**
 * Message DB as migrations that Kysely's `Migrator` runs, beside yours or by themselves. Their names
 * never change: `mdb-0001-message-store`, `mdb-0002-consumer-group-00016`.
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
 * @throws {InvalidConsumerGroupError} at once, for a size that no group can have.
 *
 * Stands on {@link messageStoreMigration}.
 */
export function messageStoreMigrations(
  options: MessageStoreMigrationsOptions = {},
): MigrationProvider {
  const { prefix = '', consumerGroupSizes = [] } = options
  const migrations = [
    [`${prefix}mdb-0001-message-store`, messageStoreMigration] as const,
    ...consumerGroupSizes.map((size) => {
      const name = `${prefix}mdb-0002-consumer-group-${String(size).padStart(5, '0')}`
      return [name, consumerGroupIndexMigration({ size })] as const
    }),
  ]
  return { getMigrations: async () => Object.fromEntries(migrations) }
}
