import { category, type Message, type MessageStore } from '@mdb/core'
import type { Kysely, Transaction } from 'kysely'
import type { CheckpointKey, TransactionalCheckpointStore } from '../checkpoint-store.ts'
import type { FailedMessage } from '../errors.ts'
import type { ReadableStore } from '../message-source.ts'
import { notify } from '../observer.ts'
import type { ResolvedOptions } from '../options.ts'
import { gaveUp } from '../processing/gave-up.ts'
import { IdleBound } from '../processing/idle-bound.ts'
import { inTransaction } from '../processing/transaction.ts'
import type { Work } from '../processing/work.ts'
import { untilItSucceeds } from '../reconnect.ts'
import type { Parked } from './parking-store.ts'

/** What became of a stream's first parked message; `free` when there is none. */
export type ReplayStep =
  | { readonly type: 'free' }
  | { readonly type: 'replayed'; readonly message: FailedMessage }
  | {
      readonly type: 'failed'
      readonly message: FailedMessage
      readonly attempts: number
      readonly error: unknown
    }

export interface ReplayerContext<M extends Message> {
  readonly store: ReadableStore
  readonly options: ResolvedOptions<M>
  readonly checkpoints: TransactionalCheckpointStore
  readonly key: CheckpointKey
  readonly work: Work<M, never>
}

/** Replays the first parked message of a stream; undefined when the signal aborted. */
export function replayer<M extends Message>({
  store,
  options,
  checkpoints,
  key,
  work,
}: ReplayerContext<M>): (
  streamName: string,
  signal: AbortSignal,
) => Promise<ReplayStep | undefined> {
  const { id: subscriptionId, transactional, isolationLevel, reconnect, clock, observer } = options
  const { parking, idleTimeout } = checkpoints
  // One with tables of its own, or the store's: validated in transactional mode.
  const db = checkpoints.db as Kysely<unknown>

  return async (streamName, signal) => {
    const retry = <T>(run: () => Promise<T>): Promise<{ readonly value: T } | undefined> =>
      untilItSucceeds(run, {
        backoff: reconnect,
        clock,
        signal,
        limit: Infinity,
        onRetry: (attempt, delay, error) =>
          notify(observer, {
            subscriptionId,
            type: 'reconnecting',
            operation: 'handle',
            attempt,
            delay,
            error,
          }),
        onRecovered: (attempts) =>
          notify(observer, { subscriptionId, type: 'reconnected', operation: 'handle', attempts }),
      })
    // What a transaction before has tried: when its answer was lost and it is gone, it is done.
    let tried: Parked | undefined
    let first: Parked | undefined
    const settings = { isolationLevel, idle: new IdleBound(idleTimeout) }
    const ran = await retry(() =>
      inTransaction(db, settings, {
        async before(trx) {
          first = await parking.firstIn(trx, key, streamName)
          tried ??= first
        },
        async handle(trx) {
          if (first === undefined || !isSame(first, tried)) return
          await handle(first.message, trx, signal)
        },
        async after(trx) {
          if (first === undefined || !isSame(first, tried)) return
          const { globalPosition } = first.message
          await parking.removeIn(trx, key, streamName, { globalPosition })
        },
      }),
    )
    if (ran === undefined) return undefined
    if (tried === undefined) return { type: 'free' }
    const { message, attempts } = tried
    if (ran.value.type === 'committed') return { type: 'replayed', message }
    const { error } = ran.value
    if (gaveUp(error, signal)) return undefined
    await retry(() => parking.noteFailure(key, message, error))
    return { type: 'failed', message, attempts: attempts + 1, error }
  }

  async function handle(
    { streamName, globalPosition }: FailedMessage,
    trx: Transaction<unknown>,
    signal: AbortSignal,
  ): Promise<void> {
    // In the same database it is read in the transaction: there may be no other connection.
    const own = store.db === checkpoints.db ? (store as MessageStore<unknown>).using(trx) : store
    const [message] = await own.getCategoryMessages<M>(category(streamName), {
      position: globalPosition,
      batchSize: 1,
    })
    if (message?.globalPosition !== globalPosition) {
      throw new Error(`There is no message of ${streamName} at global position ${globalPosition}`)
    }
    const context = transactional === undefined ? { signal } : { signal, trx, store: own }
    await work.one(message, context as never)
  }
}

function isSame(one: Parked, other: Parked | undefined): boolean {
  return one.message.globalPosition === other?.message.globalPosition
}
