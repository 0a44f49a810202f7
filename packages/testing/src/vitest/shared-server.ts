import type { ServerAddress } from '../test-database.ts'

/** Under which name Vitest provides the address of the run's server to its workers. */
export const SHARED_SERVER = 'mdbTestServer'

declare module 'vitest' {
  export interface ProvidedContext {
    [SHARED_SERVER]: ServerAddress
  }
}
