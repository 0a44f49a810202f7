import { liveSuite } from './suites/live.ts'
import { onPostgres } from './support/backends.ts'

liveSuite(onPostgres)
