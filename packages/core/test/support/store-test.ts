import type { MessageStoreDatabase } from '@mdb/core'
import type { TestServer } from '@mdb/testing'
import type { MessageStoreFixtures } from '@mdb/testing/vitest'
import { test as base } from 'vitest'
import type { MessageStoreTest } from '../support.ts'

/** Vitest's `test` with the fixtures of `messageStoreTest`, on a server of the caller's making. */
export function storeTest(start: () => Promise<TestServer>): MessageStoreTest {
  return base.extend<MessageStoreFixtures<MessageStoreDatabase>>({
    server: [
      // Vitest reads what a fixture needs off its first parameter's pattern, and insists on one.
      // oxlint-disable-next-line no-empty-pattern
      async ({}, use) => {
        await using server = await start()
        await use(server)
      },
      { scope: 'file' },
    ],
    async database({ server }, use) {
      await using database = await server.createDatabase()
      await use(database)
    },
    db: async ({ database }, use) => use(database.db),
    store: async ({ database }, use) => use(database.store),
  })
}
