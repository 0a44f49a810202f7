import type { TestProject } from 'vitest/node'
import { startServer, type ServerOptions } from '../start-server.ts'
import { SHARED_SERVER } from './shared-server.ts'

/** What Vitest calls once before a run; what it returns is called once after it. */
export type GlobalSetup = (project: TestProject) => Promise<() => Promise<void>>

/**
 * Makes a global setup for Vitest: one server for the whole run, whose address the workers get.
 * `messageStoreTest` finds it by itself.
 *
 * @example
 * ```ts
 * // test/global-setup.ts, named in `test.globalSetup` of vitest.config.ts
 * import { shareServer } from '@mdb/testing/vitest/setup'
 *
 * export default shareServer({ backend: 'embedded' })
 * ```
 *
 * @returns the setup function.
 */
export function shareServer(options: ServerOptions = {}): GlobalSetup {
  return async (project) => {
    const server = await startServer(options)
    project.provide(SHARED_SERVER, server.address)
    return async () => server.stop()
  }
}

/**
 * The setup with the environment's backend: `globalSetup: ['@mdb/testing/vitest/setup']`.
 */
const setup: GlobalSetup = shareServer()
// Vitest takes the default export of a setup file.
// oxlint-disable-next-line import/no-default-export
export default setup
