import type { CallOptions } from '../call-options.ts'
import { InvalidOptionError } from '../errors.ts'
import type { MessageStore } from '../message-store.ts'
import { ImportWriter } from './import-writer.ts'
import { oneAhead } from './one-ahead.ts'
import { importBatches } from './import-batches.ts'
import type { ImportedMessage, ImportProgress } from './imported-message.ts'

/** What {@link importMessages} takes besides the store and the messages. */
export interface ImportOptions extends CallOptions {
  /** How many messages a transaction writes at most. Default is 1,000 messages. */
  readonly batchSize?: number | undefined
  /**
   * Whether a message keeps the `time` it has. Default is `false`: the time is that of the import, as
   * for any write.
   */
  readonly keepTimes?: boolean | undefined
  /** Told how far the import is, after each commit. Default is nobody. */
  readonly onProgress?: ((progress: ImportProgress) => void) | undefined
  /**
   * Ends the import after the batch that is being written: it rejects with the signal's reason.
   * Default is no signal.
   */
  readonly signal?: AbortSignal | undefined
}

const DEFAULT_BATCH_SIZE = 1000

/**
 * Loads history: writes messages to the end of their streams, many times faster than one by one, with
 * the same positions. Each batch is a transaction that holds the locks of its categories, so other
 * writers may go on, and consumers miss nothing.
 *
 * It can be run again, with the same messages, after whatever ended it: what is in the store is
 * skipped. One run at a time: two at once are safe, but their batches mix.
 *
 * @example
 * ```ts
 * import { importMessages, type ImportedMessage } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * async function* history(): AsyncGenerator<ImportedMessage> {
 *   for (const day of [1, 2, 3]) {
 *     const id = `00000000-0000-4000-8000-00000000000${day}`
 *     const time = new Date(`2001-01-0${day}`)
 *     yield { id, streamName: 'airport-SEA', type: 'FlightDeparted', data: { day }, time }
 *   }
 * }
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * console.log(await importMessages(store, history(), { keepTimes: true })) // { written: 3, skipped: 0 }
 * console.log(await importMessages(store, history(), { keepTimes: true })) // { written: 0, skipped: 3 }
 * ```
 *
 * @returns how many messages were written, and how many skipped.
 * @throws {InvalidMessageError} {@link InvalidMessageIdError} {@link InvalidStreamNameError} for a
 *   message of the source, whose `index` counts from its start. The batches before are written.
 * @throws {MessageIdConflictError} when the store has another message with the id of one.
 * @throws {InvalidOptionError} for a batch size below 1, and for a store in a transaction.
 *
 * Stands on `acquire_lock`, and inserts into `messages`: `write_message` is not called.
 */
export async function importMessages<DB>(
  store: MessageStore<DB>,
  messages: AsyncIterable<ImportedMessage> | Iterable<ImportedMessage>,
  options: ImportOptions = {},
): Promise<ImportProgress> {
  const { batchSize = DEFAULT_BATCH_SIZE, keepTimes = false, onProgress, signal } = options
  if (!Number.isSafeInteger(batchSize) || batchSize < 1) {
    throw new InvalidOptionError('batchSize', batchSize, 'an integer of 1 or more')
  }
  if (store.db.isTransaction) {
    throw new InvalidOptionError('store', 'in a transaction', 'a store that is in none')
  }
  signal?.throwIfAborted()

  const progress = { written: 0, skipped: 0 }
  const writer = new ImportWriter(store, { keepTimes })
  const batches = oneAhead(importBatches(messages, { batchSize, json: store.json }), signal)
  for await (const batch of batches) {
    signal?.throwIfAborted()
    const written = await writer.write(batch)
    progress.written += written
    progress.skipped += batch.length - written
    onProgress?.({ ...progress })
  }
  return progress
}
