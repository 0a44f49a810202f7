import type { Message } from '@mdb/core'
import type { TransactionalCheckpointStore } from './checkpoint-store.ts'
import { InvalidOptionError } from './errors.ts'
import type { ReadableStore } from './message-source.ts'
import type { ResolvedOptions } from './options.ts'

const LEVELS = ['read uncommitted', 'read committed', 'repeatable read', 'serializable', 'snapshot']

/** Refuses transactional mode where one transaction cannot hold the writes and the checkpoint. */
export function validateTransactional<M extends Message>(
  store: ReadableStore,
  { transactional, isolationLevel, checkpoints }: ResolvedOptions<M>,
): void {
  if (isolationLevel !== undefined && !LEVELS.includes(isolationLevel)) {
    const expectation = `must be one of ${LEVELS.join(', ')}`
    throw new InvalidOptionError('isolationLevel', isolationLevel, expectation)
  }
  if (transactional === undefined) return
  if (!['message', 'page'].includes(transactional)) {
    throw new InvalidOptionError('transactional', transactional, "must be 'message' or 'page'")
  }
  const { claim, saveIn, lockIn, db } = (checkpoints ?? {}) as Partial<TransactionalCheckpointStore>
  if (claim === undefined || saveIn === undefined || lockIn === undefined) {
    const expectation =
      'must keep the place in the transaction, as tableCheckpoints(store.db) does, in transactional mode'
    throw new InvalidOptionError('checkpoints', checkpoints, expectation)
  }
  if (!('db' in store) || !('using' in store)) {
    const expectation = 'needs a message store of createMessageStore, to begin transactions with'
    throw new InvalidOptionError('transactional', transactional, expectation)
  }
  if (store.db !== db) {
    const expectation =
      "must be made with the message store's own Kysely, tableCheckpoints(store.db), so that one " +
      'transaction holds both'
    throw new InvalidOptionError('checkpoints', checkpoints, expectation)
  }
}
