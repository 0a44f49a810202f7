import { startPGlite } from '@mdb/testing/pglite'
import { testServerContract } from './contract.ts'

testServerContract('PGlite', startPGlite)
