import type { Migration, MigrationProvider } from 'kysely/migration'
import { DuplicateMigrationError } from '../errors/migration-errors.ts'

/**
 * Puts migration providers together into one, for a single `Migrator`.
 *
 * @example
 * ```ts
 * import { mergeMigrations, messageStoreMigrations } from '@mdb/core/migration'
 * import type { MigrationProvider } from 'kysely/migration'
 *
 * const mine: MigrationProvider = {
 *   getMigrations: async () => ({
 *     '2026-01-02-airport': {
 *       up: (db) => db.schema.createTable('airport').addColumn('code', 'text').execute(),
 *     },
 *   }),
 * }
 * const all = mergeMigrations(messageStoreMigrations({ prefix: '2026-01-01-' }), mine)
 * console.log(Object.keys(await all.getMigrations()).sort())
 * // ['2026-01-01-mdb-0001-message-store', '2026-01-02-airport']
 * ```
 *
 * @returns a provider of all their migrations; `Migrator` runs them in the order of their names.
 * @throws {DuplicateMigrationError} when asked for migrations of which two have the same name.
 */
export function mergeMigrations(...providers: readonly MigrationProvider[]): MigrationProvider {
  return {
    async getMigrations() {
      const all = new Map<string, Migration>()
      for (const provider of providers) {
        for (const [name, migration] of Object.entries(await provider.getMigrations())) {
          if (all.has(name)) throw new DuplicateMigrationError(name)
          all.set(name, migration)
        }
      }
      return Object.fromEntries(all)
    },
  }
}
