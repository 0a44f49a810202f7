import type { MessageStore, MessageStoreDatabase } from '@mdb/core'
import type { Kysely } from 'kysely'
import { test as base, type TestAPI } from 'vitest'
import { startServer, type ServerOptions } from './start-server.ts'
import type { LeakPolicy, TestDatabase, TestServer } from './test-database.ts'

/** What a test of {@link messageStoreTest} can ask for. */
export interface MessageStoreFixtures<DB> {
  /** The server, one for each test file, started when a test first needs it. */
  server: TestServer
  /** A fresh store of the test's own, closed after it. */
  database: TestDatabase<DB>
  /** Kysely on {@link database}. */
  db: Kysely<DB>
  /** The message store on {@link database}. */
  store: MessageStore<DB>
}

/** What {@link messageStoreTest} takes. */
export interface MessageStoreTestOptions extends ServerOptions {
  /** What a connection does to its test that is still open after it: fail it. `'cut'` lets it pass. */
  readonly leaks?: LeakPolicy | undefined
}

/**
 * Makes a Vitest `test` whose tests get a real message store each.
 *
 * @example
 * ```ts
 * import { messageStoreTest } from '@mdb/testing/vitest'
 * import { expect } from 'vitest'
 *
 * const test = messageStoreTest({ backend: 'pglite' })
 *
 * test('a flight departs', async ({ store }) => {
 *   await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: {} })
 *   expect(await store.streamVersion('airport-SEA')).toBe(0n)
 * })
 * ```
 *
 * @returns Vitest's `test` with the fixtures of {@link MessageStoreFixtures}. Give it your own
 *   tables as a type: `messageStoreTest<Database>()`.
 * @throws {MissingPeerError} in the test, when the backend's package is not installed.
 */
export function messageStoreTest<DB = MessageStoreDatabase>(
  options: MessageStoreTestOptions = {},
): TestAPI<MessageStoreFixtures<DB>> {
  const { leaks, ...serverOptions } = options
  return base.extend<MessageStoreFixtures<DB>>({
    server: [
      // Vitest reads what a fixture needs off its first parameter's pattern, and insists on one.
      // oxlint-disable-next-line no-empty-pattern
      async ({}, use) => {
        await using server = await startServer(serverOptions)
        await use(server)
      },
      { scope: 'file' },
    ],
    async database({ server }, use) {
      await using database = await server.createDatabase<DB>({ leaks })
      await use(database)
    },
    db: async ({ database }, use) => use(database.db),
    store: async ({ database }, use) => use(database.store),
  })
}
