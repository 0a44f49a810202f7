import { messageStoreTest } from '@mdb/testing/vitest'
import {
  concurrentContract,
  concurrentInstallationContract,
  coreContract,
  installationContract,
} from './contracts/index.ts'

const test = messageStoreTest({ backend: 'embedded' })

coreContract(test)
concurrentContract(test)
installationContract(test)
concurrentInstallationContract(test)
