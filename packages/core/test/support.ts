import type { MessageStoreDatabase } from '@mdb/core'
import type { MessageStoreFixtures } from '@mdb/testing/vitest'
import type { TestAPI } from 'vitest'

/** Vitest's `test` with a message store in its fixtures, on either backend. */
export type MessageStoreTest = TestAPI<MessageStoreFixtures<MessageStoreDatabase>>
