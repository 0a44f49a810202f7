import { messageStoreTest } from '@mdb/testing/vitest'
import {
  concurrentContract,
  concurrentInstallationContract,
  coreContract,
  installationContract,
  lostConnectionContract,
  refusedConnectionContract,
} from './contracts/index.ts'

const test = messageStoreTest({ backend: 'embedded' })

coreContract(test)
concurrentContract(test)
refusedConnectionContract(test)
lostConnectionContract(test)
installationContract(test)
concurrentInstallationContract(test)
