import { GroupWriterClosedError, InvalidOptionError, WriteQueueFullError } from '../errors.ts'
import { toServerVersion } from '../expected-version.ts'
import type { MessageStore, WriteOptions } from '../message-store.ts'
import type { NewMessage, WriteResult } from '../message.ts'
import { category } from '../stream-name.ts'
import { checkStreamName } from '../validate-message.ts'
import { type BatchMessage, toBatch, toBatchMessage } from '../writing/batch.ts'
import { runLane } from './lane.ts'
import { UnitQueue } from './unit-queue.ts'
import type { Unit } from './unit.ts'

/** How {@link createGroupWriter} gathers. */
export interface GroupWriterOptions {
  /**
   * How many messages may wait, beside those that are being written; beyond, a write is refused
   * with a `WriteQueueFullError`. Default is 10,000 messages.
   */
  readonly maxQueue?: number | undefined
  /**
   * How many messages one transaction writes at most, unless a single call has more. Default is 500
   * messages.
   */
  readonly maxBatch?: number | undefined
  /**
   * Closes the writer without draining it: what waits is rejected with the signal's reason, what is
   * being written is still told how it went. Default is no signal.
   */
  readonly signal?: AbortSignal | undefined
}

/** Gathers the writes of a process into few transactions. */
export interface GroupWriter extends AsyncDisposable {
  /**
   * As `store.writeMessage`. The signal takes the write out of the queue; one that is being written
   * is not stopped by it, only no longer waited for.
   */
  writeMessage(
    streamName: string,
    message: NewMessage,
    options?: WriteOptions,
  ): Promise<WriteResult>
  /** As `store.writeMessages`: all or none. */
  writeMessages(
    streamName: string,
    messages: readonly NewMessage[],
    options?: WriteOptions,
  ): Promise<WriteResult[]>
  /** How many messages wait. */
  readonly queued: number
  /** Takes no more writes, and ends when those it has are done. Also what `await using` calls. */
  close(): Promise<void>
}

const DEFAULT_MAX_QUEUE = 10_000
const DEFAULT_MAX_BATCH = 500

/**
 * Makes a writer that gathers: while a transaction commits, the writes that come in wait, and the next
 * transaction takes them all, in the order of the calls. There is one at a time for each category, as
 * the category's lock allows no more; a write that meets no other goes at once. Each call keeps its own
 * expected version, result and error.
 *
 * @example
 * ```ts
 * import { createGroupWriter } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * await using writer = createGroupWriter(store)
 * const written = await Promise.all(
 *   [12, 9, 31].map(async (delay, flight) =>
 *     writer.writeMessage(`flight-${flight}`, { type: 'FlightDeparted', data: { delay } }),
 *   ),
 * )
 * console.log(written.length) // 3, in one transaction
 * ```
 *
 * @returns the writer. Its calls fail as the store's do, and with a `WriteOutcomeUnknownError` when
 *   the connection was lost before the answer, a `WriteQueueFullError`, or a
 *   `GroupWriterClosedError`.
 * @throws {InvalidOptionError} for a store in a transaction, which has one commit for all anyway, and
 *   for a limit below 1.
 *
 * Stands on `acquire_lock`, `stream_version` and `write_message`.
 */
export function createGroupWriter<DB>(
  store: MessageStore<DB>,
  options: GroupWriterOptions = {},
): GroupWriter {
  const { maxQueue = DEFAULT_MAX_QUEUE, maxBatch = DEFAULT_MAX_BATCH, signal } = options
  checkLimit('maxQueue', maxQueue)
  checkLimit('maxBatch', maxBatch)
  if (store.db.isTransaction) {
    throw new InvalidOptionError('store', 'in a transaction', 'a store that is in none')
  }
  const lanes = new Map<string, { readonly queue: UnitQueue; readonly ended: Promise<void> }>()
  const pending = new Set<Promise<unknown>>()
  const { json } = store
  let closed = false

  const queued = (): number =>
    [...lanes.values()].reduce((messages, { queue }) => messages + queue.messages, 0)

  async function submit(
    unit: Omit<Unit, 'settle' | 'idempotent'>,
    { idempotent = false, signal: callSignal }: WriteOptions,
  ): Promise<WriteResult[]> {
    if (closed) throw new GroupWriterClosedError()
    callSignal?.throwIfAborted()
    if (queued() + unit.batch.length > maxQueue) throw new WriteQueueFullError(maxQueue)
    const settle = Promise.withResolvers<WriteResult[]>()
    const queue = queueOf(unit.streamName)
    const entry = { ...unit, idempotent, settle }
    queue.add(entry)
    const abort = (): void => {
      queue.remove(entry)
      settle.reject(callSignal?.reason)
    }
    callSignal?.addEventListener('abort', abort, { once: true })
    const done = settle.promise.finally(() => callSignal?.removeEventListener('abort', abort))
    pending.add(done)
    try {
      return await done
    } finally {
      pending.delete(done)
    }
  }

  function queueOf(streamName: string): UnitQueue {
    const name = category(streamName)
    const lane = lanes.get(name)
    if (lane !== undefined) return lane.queue
    const queue = new UnitQueue()
    const onEmpty = (): void => void lanes.delete(name)
    const ended = runLane(queue, { store, maxBatch, onEmpty })
    lanes.set(name, { queue, ended })
    return queue
  }

  function abortAll(): void {
    closed = true
    for (const { queue } of lanes.values()) {
      for (const { settle } of queue.takeAll()) settle.reject(signal?.reason)
    }
  }
  if (signal?.aborted === true) abortAll()
  signal?.addEventListener('abort', abortAll, { once: true })

  async function close(): Promise<void> {
    closed = true
    await Promise.all([...lanes.values()].map(async ({ ended }) => ended))
    await Promise.allSettled(pending)
    signal?.removeEventListener('abort', abortAll)
  }

  return {
    async writeMessage(streamName, message, writeOptions = {}) {
      const { expectedVersion = 'any' } = writeOptions
      const batch = [
        toBatchMessage({ streamName, message, expectedVersion }, { ...writeOptions, json }),
      ]
      const unit = { streamName, batch, expectedVersion, alone: true }
      const [result] = await submit(unit, writeOptions)
      return result as WriteResult
    },

    async writeMessages(streamName, messages, writeOptions = {}) {
      const { expectedVersion = 'any' } = writeOptions
      checkStreamName(streamName)
      toServerVersion(expectedVersion)
      const batch: BatchMessage[] = toBatch(
        messages.map((message) => ({ streamName, message })),
        { ...writeOptions, json },
      )
      if (batch.length === 0) return []
      return submit({ streamName, batch, expectedVersion, alone: false }, writeOptions)
    },

    get queued() {
      return queued()
    },

    close,
    [Symbol.asyncDispose]: close,
  }
}

function checkLimit(option: string, value: number): void {
  if (!Number.isSafeInteger(value) || value < 1) {
    throw new InvalidOptionError(option, value, 'an integer of 1 or more')
  }
}
