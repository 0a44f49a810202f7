import type { MessageStore, MessageStoreDatabase } from '@mdb/core'
import type { Kysely } from 'kysely'
import { test as base, inject, type TestAPI } from 'vitest'
import { beginTransaction } from './begin-transaction.ts'
import { joinServer, startServer, type ServerOptions } from './start-server.ts'
import type { LeakPolicy, ServerAddress, TestDatabase, TestServer } from './test-database.ts'
import { unwatched, watchingTests } from './vitest/leaks-of-tests.ts'
import { serves } from './vitest/serves.ts'
import { SHARED_SERVER } from './vitest/shared-server.ts'

/** What a test of {@link messageStoreTest} can ask for. */
export interface MessageStoreFixtures<DB> {
  /** The server: one for the whole run with `@mdb/testing/vitest/setup`, else one for the file. */
  server: TestServer
  /** A database that all tests of the file share, whatever the isolation. */
  fileDatabase: TestDatabase<DB>
  /** The test's database; see `isolation`. */
  database: TestDatabase<DB>
  /** Kysely on {@link database}. */
  db: Kysely<DB>
  /** The message store on {@link database}. */
  store: MessageStore<DB>
}

/**
 * What tests share. `'test'`: nothing, each has a database of its own. `'file'`: the tests of a file
 * have one, and see what those before them wrote. `'transaction'`: they have one, and each test is in
 * a transaction that is rolled back; see `beginTransaction` for what that means.
 */
export type Isolation = 'test' | 'file' | 'transaction'

/** What {@link messageStoreTest} takes. */
export interface MessageStoreTestOptions extends ServerOptions {
  /** Starts the server, in place of all options that say which. Default is `startServer`. */
  readonly start?: (() => Promise<TestServer>) | undefined
  /** What tests share. Default is `'test'`: nothing. */
  readonly isolation?: Isolation | undefined
  /**
   * What a connection does that is still open when its database is closed: fail the test. Where tests share
   * the database, one of `db` or of `connect()` that is held fails the test that ends, of concurrent ones the
   * last; one of a pool of your own fails the file. `'cut'` lets it pass. Default is `'fail'`.
   */
  readonly leaks?: LeakPolicy | undefined
}

/**
 * Makes a Vitest `test` whose tests get a real message store.
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
 * @throws {LeakedConnectionError} in the test that left a connection open; at the end of the file, where
 *   its tests share a database, and the connection is one of a pool of their own.
 */
export function messageStoreTest<DB = MessageStoreDatabase>(
  options: MessageStoreTestOptions = {},
): TestAPI<MessageStoreFixtures<DB>> {
  const { isolation = 'test', leaks, start, ...serverOptions } = options
  return base.extend<MessageStoreFixtures<DB>>({
    server: [
      // Vitest reads what a fixture needs off its first parameter's pattern, and insists on one.
      // oxlint-disable-next-line no-empty-pattern
      async ({}, use) => {
        await using server = await (start?.() ?? serverFor(serverOptions))
        await use(server)
      },
      { scope: 'file' },
    ],
    fileDatabase: [
      async ({ server }, use) => {
        await using database = await server.createDatabase<DB>({ leaks })
        await use(database)
      },
      { scope: 'file' },
    ],
    database: databaseFixtures<DB>(leaks)[isolation],
    db: async ({ database }, use) => use(database.db),
    store: async ({ database }, use) => use(database.store),
  })
}

type DatabaseFixture<DB> = (
  fixtures: Pick<MessageStoreFixtures<DB>, 'server' | 'fileDatabase'>,
  use: (database: TestDatabase<DB>) => Promise<void>,
) => Promise<void>

function databaseFixtures<DB>(
  leaks: LeakPolicy | undefined,
): Readonly<Record<Isolation, DatabaseFixture<DB>>> {
  const around = leaks === 'cut' ? unwatched : watchingTests()
  return {
    async test({ server }, use) {
      await using database = await server.createDatabase<DB>({ leaks })
      await use(database)
    },
    file: async ({ fileDatabase }, use) => around(fileDatabase, async () => use(fileDatabase)),
    transaction: async ({ fileDatabase }, use) =>
      around(fileDatabase, async () => {
        await using trx = await beginTransaction(fileDatabase)
        const { db, store } = trx
        const connect: typeof fileDatabase.connect = (connectOptions) =>
          fileDatabase.backend === 'pglite' ? db : fileDatabase.connect(connectOptions)
        await use({ ...fileDatabase, db, store, connect })
      }),
  }
}

/** The server of the run where there is one, and where it is what is asked for; else one of our own. */
async function serverFor(options: ServerOptions): Promise<TestServer> {
  const shared: ServerAddress | undefined = inject(SHARED_SERVER)
  if (shared === undefined || !serves(shared, options)) return startServer(options)
  return joinServer(shared, { prepare: options.prepare })
}
