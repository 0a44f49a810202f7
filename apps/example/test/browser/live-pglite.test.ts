import { liveSuite } from './suites/live.ts'
import { onPGlite } from './support/backends.ts'

liveSuite(onPGlite)
