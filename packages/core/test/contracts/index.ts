import type { MessageStoreTest } from '../support.ts'
import { activateConditionContract } from './activate-condition.ts'
import { batchesContract, concurrentBatchesContract } from './batches.ts'
import { callsContract } from './calls.ts'
import { conditionValuesContract } from './condition-values.ts'
import { conditionsContract } from './conditions.ts'
import { concurrentIndexContract, consumerGroupIndexContract } from './consumer-group-index.ts'
import { errorsContract, sessionErrorsContract } from './errors.ts'
import { expressionsContract } from './expressions.ts'
import { groupingContract } from './grouping.ts'
import { helpersContract } from './helpers.ts'
import { concurrentIdempotencyContract, idempotencyContract } from './idempotency.ts'
import { jsonContract } from './json.ts'
import { concurrentLocksContract, locksContract } from './locks.ts'
import { metadataContract } from './metadata.ts'
import { concurrentMigrationContract, migrationContract } from './migration.ts'
import { concurrentMigratorContract, migratorContract } from './migrator.ts'
import { projectContract } from './project.ts'
import { queriesContract } from './queries.ts'
import { readingConnectionsContract, readingContract } from './reading.ts'
import { savepointsContract } from './savepoints.ts'
import { searchPathContract } from './search-path.ts'
import { concurrencyContract, transactionsContract } from './transactions.ts'
import {
  concurrentTransientContract,
  lostConnectionContract,
  refusedConnectionContract,
  transientContract,
} from './transient.ts'
import { concurrentUpgradeContract, upgradeContract } from './upgrade.ts'
import { typedCategoryContract } from './typed-category.ts'
import { valuesContract } from './values.ts'
import { breakagesContract, verifyContract } from './verify.ts'

/** What holds on every driver and behind every proxy. A new contract of calls goes here. */
export function coreContract(test: MessageStoreTest): void {
  callsContract(test)
  batchesContract(test)
  idempotencyContract(test)
  groupingContract(test)
  valuesContract(test)
  metadataContract(test)
  jsonContract(test)
  typedCategoryContract(test)
  errorsContract(test)
  searchPathContract(test)
  transactionsContract(test)
  savepointsContract(test)
  locksContract(test)
  transientContract(test)
  conditionsContract(test)
  conditionValuesContract(test)
  activateConditionContract(test)
  readingContract(test)
  projectContract(test)
  helpersContract(test)
  expressionsContract(test)
  queriesContract(test)
}

/** What holds besides where there is more than one connection: not on PGlite. */
export function concurrentContract(test: MessageStoreTest): void {
  concurrencyContract(test)
  concurrentBatchesContract(test)
  concurrentIdempotencyContract(test)
  concurrentLocksContract(test)
  concurrentTransientContract(test)
  readingConnectionsContract(test)
}

/** What a driver shows of the server going away, with nothing in between. */
export { lostConnectionContract, refusedConnectionContract }

/** What administrators do: on every driver, and on a connection of their own. */
export function installationContract(test: MessageStoreTest): void {
  sessionErrorsContract(test)
  migrationContract(test)
  migratorContract(test)
  upgradeContract(test)
  consumerGroupIndexContract(test)
  verifyContract(test)
}

/** What holds besides where there is more than one connection, or a server's own catalog. */
export function concurrentInstallationContract(test: MessageStoreTest): void {
  breakagesContract(test)
  concurrentMigrationContract(test)
  concurrentMigratorContract(test)
  concurrentUpgradeContract(test)
  concurrentIndexContract(test)
}
