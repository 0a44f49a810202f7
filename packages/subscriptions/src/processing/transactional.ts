import type { Message, MessageStore } from '@mdb/core'
import type { IsolationLevel, Transaction } from 'kysely'
import { HandlerError } from '../errors.ts'
import type { TransactionalHandler } from '../options.ts'
import { gaveUp } from './gave-up.ts'
import type { Processor, ProcessorContext } from './processor.ts'
import { inTransaction, type Outcome } from './transaction.ts'

export interface TransactionalMode<M extends Message, DB> {
  readonly store: MessageStore<DB>
  readonly handler: TransactionalHandler<M, DB>
  readonly per: 'message' | 'page'
  readonly isolationLevel: IsolationLevel | undefined
}

/**
 * Handles in transactions that move the checkpoint too: what a handler writes is there exactly once,
 * whatever fails. The checkpoint's row is held while a handler runs, so a takeover waits for it, and
 * a run that was taken over is fenced before its handler begins.
 */
export function transactional<M extends Message, DB>(
  { store, handler, per, isolationLevel }: TransactionalMode<M, DB>,
  { subscriptionId, keeper, signal, positionOf, retry, emit }: ProcessorContext<M>,
): Processor<M> {
  const call = async (message: M, trx: Transaction<DB>): Promise<void> => {
    await handler(message, { trx, store: store.using(trx), signal })
  }

  /** False when the run is to end. */
  async function handleOne(message: M): Promise<boolean> {
    const position = positionOf(message)
    let moved = true
    const ran = await retry('handle', () =>
      inTransaction(store, isolationLevel, {
        // The statement that saves is also the one that locks: one round trip for both.
        before: async (trx) => void (moved = await keeper.saveIn(trx, position)),
        handle: async (trx) => void (moved && (await call(message, trx))),
      }),
    )
    if (ran === undefined) return false
    if (ran.value.type === 'failed') {
      if (gaveUp(ran.value.error, signal)) return false
      throw new HandlerError(subscriptionId, message, keeper.position, ran.value.error)
    }
    keeper.committed(position)
    return true
  }

  async function handleEach(messages: readonly M[]): Promise<void> {
    for (const message of messages) {
      if (signal.aborted || !(await handleOne(message))) return
    }
  }

  async function handlePage(messages: readonly M[]): Promise<void> {
    let last: bigint | undefined
    const runPage = (): Promise<Outcome> =>
      inTransaction(store, isolationLevel, {
        async before(trx) {
          last = await keeper.lockIn(trx)
        },
        async handle(trx) {
          const stored = last
          for (const message of messages) {
            const position = positionOf(message)
            // An earlier transaction, whose answer was lost, has committed up to here.
            if (stored !== undefined && position <= stored) continue
            if (signal.aborted) return
            await call(message, trx)
            last = position
          }
        },
        async after(trx) {
          if (last !== undefined) await keeper.saveIn(trx, last)
        },
      })
    const ran = await retry('handle', runPage)
    if (ran === undefined) return
    if (ran.value.type === 'committed') {
      if (last !== undefined) keeper.committed(last)
      return
    }
    if (gaveUp(ran.value.error, signal)) return
    emit({ type: 'page rolled back', messages: messages.length, error: ran.value.error })
    await handleEach(messages)
  }

  return {
    async process(messages) {
      if (signal.aborted || messages.length === 0) return
      await (per === 'page' ? handlePage(messages) : handleEach(messages))
    },
  }
}
