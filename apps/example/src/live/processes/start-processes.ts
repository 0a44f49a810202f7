import type { OpenDatabase } from '../../open-database.ts'
import { childProcesses } from './child-processes.ts'
import type { ConsumerProcesses, Tell } from './consumer-processes.ts'
import { virtualProcesses } from './virtual-processes.ts'

/** Processes of the operating system where the database takes several, else some within this one. */
export function startProcesses(opened: OpenDatabase, tell: Tell): ConsumerProcesses {
  return opened.kind === 'PGlite'
    ? virtualProcesses(opened.pglite, tell)
    : childProcesses(opened.url, tell)
}
