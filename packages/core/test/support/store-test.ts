import type { TestServer } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import type { MessageStoreTest } from '../support.ts'

/** Vitest's `test` with the fixtures of `messageStoreTest`, on a server of the caller's making. */
export function storeTest(start: () => Promise<TestServer>): MessageStoreTest {
  return messageStoreTest({ start })
}
