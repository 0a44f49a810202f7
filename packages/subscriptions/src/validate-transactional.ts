import type { Message } from '@mdb/core'
import { isTransactional } from './checkpoint-store.ts'
import { InvalidOptionError } from './errors.ts'
import type { ReadableStore } from './message-source.ts'
import type { ResolvedOptions } from './options.ts'

// PostgreSQL has no 'snapshot', which Kysely knows.
const LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable']

/** Refuses transactional mode where one transaction cannot hold the writes and the checkpoint. */
export function validateTransactional<M extends Message>(
  store: ReadableStore,
  { transactional, isolationLevel, eachPage, concurrency, checkpoints }: ResolvedOptions<M>,
): void {
  if (isolationLevel !== undefined && !LEVELS.includes(isolationLevel)) {
    const expectation = `must be one of ${LEVELS.join(', ')}`
    throw new InvalidOptionError('isolationLevel', isolationLevel, expectation)
  }
  if (transactional === undefined) return
  if (!['message', 'page'].includes(transactional)) {
    throw new InvalidOptionError('transactional', transactional, "must be 'message' or 'page'")
  }
  if (concurrency !== 1) {
    const expectation =
      'must be 1 in transactional mode: a transaction moves one checkpoint; run a consumer group instead'
    throw new InvalidOptionError('concurrency', concurrency, expectation)
  }
  if (eachPage !== undefined && transactional !== 'page') {
    throw new InvalidOptionError('transactional', transactional, "must be 'page' with eachPage")
  }
  if (!isTransactional(checkpoints)) {
    const expectation =
      'must keep the place in the transaction, as tableCheckpoints(store.db) does, in transactional mode'
    throw new InvalidOptionError('checkpoints', checkpoints, expectation)
  }
  if (!('db' in store) || !('using' in store)) {
    const expectation = 'needs a message store of createMessageStore, to begin transactions with'
    throw new InvalidOptionError('transactional', transactional, expectation)
  }
  if (store.db !== checkpoints.db) {
    const expectation =
      "must be made with the message store's own Kysely, tableCheckpoints(store.db), so that one " +
      'transaction holds both'
    throw new InvalidOptionError('checkpoints', checkpoints, expectation)
  }
}
