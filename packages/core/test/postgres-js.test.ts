import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { concurrentContract, coreContract, installationContract } from './contracts/index.ts'
import { onDriver } from './support/on-driver.ts'
import { postgresJsDialect } from './support/postgres-js.ts'
import { storeTest } from './support/store-test.ts'

const test = storeTest(async () => onDriver(await startEmbeddedPostgres(), postgresJsDialect))

coreContract(test)
concurrentContract(test)
installationContract(test)
