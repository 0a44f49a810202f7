import type { Kysely } from 'kysely'
import type { Migration, MigrationProvider } from 'kysely/migration'
import { expectTypeOf, test } from 'vitest'
import {
  consumerGroupIndexMigration,
  createConsumerGroupIndex,
  type Finding,
  type InstallationPermissionError,
  installMessageStore,
  mergeMigrations,
  messageStoreMigration,
  messageStoreMigrations,
  type Verification,
  verify,
} from '@mdb/core/migration'

interface Database {
  airport: { code: string }
}
declare const db: Kysely<Database>

test('migrations are what Kysely takes', () => {
  expectTypeOf(messageStoreMigration).toExtend<Migration>()
  expectTypeOf(
    messageStoreMigrations({ consumerGroupSizes: [4] }),
  ).toEqualTypeOf<MigrationProvider>()
  expectTypeOf(mergeMigrations(messageStoreMigrations())).toEqualTypeOf<MigrationProvider>()
  expectTypeOf(consumerGroupIndexMigration({ size: 4 }).down).toBeFunction()
})

test('any Kysely will do, whatever its tables', () => {
  expectTypeOf(verify(db)).resolves.toEqualTypeOf<Verification>()
  expectTypeOf(installMessageStore(db)).resolves.toHaveProperty('installed')
})

test('a group has a size', () => {
  // @ts-expect-error the size is missing
  void createConsumerGroupIndex(db, {})
  // @ts-expect-error a size is a number
  void createConsumerGroupIndex(db, { size: 4n })
  expectTypeOf(createConsumerGroupIndex(db, { size: 4 })).resolves.toExtend<{
    readonly name: string
    readonly outcome: 'created' | 'rebuilt' | 'existing' | 'building'
  }>()
})

test('codes are literals that a switch can tell apart', () => {
  const finding = {} as Finding
  expectTypeOf(finding.severity).toEqualTypeOf<'error' | 'notice'>()
  if (finding.code === 'function-changed')
    expectTypeOf(finding.code).toEqualTypeOf<'function-changed'>()
  // @ts-expect-error there is no such finding
  if (finding.code === 'function-gone') throw new Error()
  expectTypeOf<InstallationPermissionError['code']>().toEqualTypeOf<'INSTALLATION_PERMISSION'>()
})
