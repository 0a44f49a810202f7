import type { Message, MessageStore } from '@mdb/core'
import type { IsolationLevel, Kysely, Transaction } from 'kysely'
import { toFailedMessage } from '../errors.ts'
import type { TransactionContext } from '../options.ts'
import type { Quarantine } from '../parking/quarantine.ts'
import { gaveUp } from './gave-up.ts'
import type { Processor, ProcessorContext } from './processor.ts'
import { IdleBound } from './idle-bound.ts'
import { type GivenUp, settle, tell } from './settle.ts'
import { inTransaction, type Outcome, type TransactionSteps } from './transaction.ts'
import type { Given, Work } from './work.ts'

export interface TransactionalMode<M extends Message, DB> {
  readonly store: MessageStore<DB>
  readonly work: Work<M, Given<TransactionContext<DB>>>
  readonly per: 'message' | 'page'
  readonly isolationLevel: IsolationLevel | undefined
  readonly idleTimeout: number | undefined
  readonly quarantine: Quarantine
}

/**
 * Handles in transactions that move the checkpoint too: what a handler writes is there exactly once,
 * whatever fails. The checkpoint's row is held while a handler runs, so a takeover waits for it, and
 * a run that was taken over is fenced before its handler begins.
 */
export function transactional<M extends Message, DB>(
  mode: TransactionalMode<M, DB>,
  context: ProcessorContext<M>,
): Processor<M> {
  const { store, work, per, isolationLevel, idleTimeout, quarantine } = mode
  const { keeper, signal, positionOf, retry, emit } = context
  const db: Kysely<DB> = store.db
  const given = (trx: Transaction<DB>): Given<TransactionContext<DB>> => ({
    trx,
    store: store.using(trx),
    signal,
  })
  const run = async (steps: TransactionSteps<DB>): Promise<Outcome | undefined> => {
    const settings = { isolationLevel, idle: new IdleBound(idleTimeout) }
    const ran = await retry('handle', () => inTransaction(db, settings, steps))
    return ran?.value
  }

  /** Tells of a message that may have been in quarantine, when its transaction is committed. */
  function afterQuarantine(message: M, behind: boolean): void {
    const { streamName } = message
    if (behind) {
      emit({ type: 'parked behind', message: toFailedMessage(message) })
    } else if (quarantine.mayHold(streamName)) {
      quarantine.release(streamName)
      emit({ type: 'released', streamName })
    }
  }

  /** False when the run is to end. */
  async function handleOne(message: M): Promise<boolean> {
    const position = positionOf(message)
    // False when an earlier transaction, whose answer was lost, has committed.
    let moved = true
    let behind = false
    const settled = await settle(
      message,
      () =>
        run({
          async before(trx) {
            // The statement that saves is also the one that locks: one round trip for both.
            moved = await keeper.saveIn(trx, position)
            behind = moved && (await quarantine.parkBehind(trx, message))
          },
          async handle(trx) {
            if (moved && !behind) await work.one(message, given(trx))
          },
        }),
      context,
    )
    if (settled.type === 'left') return false
    if (!('failure' in settled)) {
      if (moved) afterQuarantine(message, behind)
    } else if (!(await giveUp(settled, position))) {
      return false
    }
    keeper.committed(position)
    return true
  }

  /** Moves past a message without its handler's writes, and parks it or not. */
  async function giveUp(settled: GivenUp, position: bigint): Promise<boolean> {
    const { type, failure } = settled
    const done = await run({
      async before(trx) {
        const moved = await keeper.saveIn(trx, position)
        if (moved && type === 'parked') await quarantine.park(trx, failure.message, failure)
      },
    })
    if (done === undefined) return false
    tell(settled, context)
    return true
  }

  async function handleEach(messages: readonly M[]): Promise<void> {
    for (const message of messages) {
      if (signal.aborted || !(await handleOne(message))) return
    }
  }

  async function handlePage(messages: readonly M[]): Promise<void> {
    let last: bigint | undefined
    let left: readonly M[] = []
    let passed: Array<{ readonly message: M; readonly behind: boolean }> = []
    const pass = async (trx: Transaction<DB>, message: M): Promise<boolean> => {
      const behind = await quarantine.parkBehind(trx, message)
      passed.push({ message, behind })
      return behind
    }
    const outcome = await run({
      async before(trx) {
        passed = []
        const stored = await keeper.lockIn(trx)
        last = stored
        // An earlier transaction, whose answer was lost, may have committed up to here.
        left = messages.filter((each) => stored === undefined || positionOf(each) > stored)
      },
      async handle(trx) {
        if (work.page === undefined) {
          for (const message of left) {
            if (signal.aborted) return
            if (!(await pass(trx, message))) await work.one(message, given(trx))
            last = positionOf(message)
          }
          return
        }
        const free: M[] = []
        for (const message of left) if (!(await pass(trx, message))) free.push(message)
        if (free.length > 0) await work.page(free, given(trx))
        const end = left.at(-1)
        if (end !== undefined) last = positionOf(end)
      },
      async after(trx) {
        if (last !== undefined) await keeper.saveIn(trx, last)
      },
    })
    if (outcome === undefined) return
    if (outcome.type === 'failed') {
      if (gaveUp(outcome.error, signal)) return
      emit({ type: 'page failed', messages: messages.length, error: outcome.error })
      await handleEach(messages)
      return
    }
    if (last === undefined) return
    for (const { message, behind } of passed) afterQuarantine(message, behind)
    keeper.committed(last)
  }

  return {
    async start() {
      return (await retry('load parked', () => quarantine.load())) !== undefined
    },
    async process(messages) {
      if (signal.aborted || messages.length === 0) return
      await (per === 'page' ? handlePage(messages) : handleEach(messages))
    },
  }
}
