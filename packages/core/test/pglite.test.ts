import { callsContract } from './contracts/calls.ts'
import { conditionsContract } from './contracts/conditions.ts'
import { consumerGroupIndexContract } from './contracts/consumer-group-index.ts'
import { errorsContract } from './contracts/errors.ts'
import { expressionsContract } from './contracts/expressions.ts'
import { helpersContract } from './contracts/helpers.ts'
import { jsonContract } from './contracts/json.ts'
import { metadataContract } from './contracts/metadata.ts'
import { migrationContract } from './contracts/migration.ts'
import { migratorContract } from './contracts/migrator.ts'
import { searchPathContract } from './contracts/search-path.ts'
import { transactionsContract } from './contracts/transactions.ts'
import { upgradeContract } from './contracts/upgrade.ts'
import { valuesContract } from './contracts/values.ts'
import { verifyContract } from './contracts/verify.ts'
import { messageStoreTest } from '@mdb/testing/vitest'

const test = messageStoreTest({ backend: 'pglite' })

callsContract(test)
valuesContract(test)
metadataContract(test)
jsonContract(test)
errorsContract(test)
searchPathContract(test)
transactionsContract(test)
conditionsContract(test)
helpersContract(test)
expressionsContract(test)
migrationContract(test)
migratorContract(test)
upgradeContract(test)
consumerGroupIndexContract(test)
verifyContract(test)
