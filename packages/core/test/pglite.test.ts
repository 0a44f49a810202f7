import { messageStoreTest } from '@mdb/testing/vitest'
import { coreContract, installationContract } from './contracts/index.ts'

const test = messageStoreTest({ backend: 'pglite' })

coreContract(test)
installationContract(test)
