import { isTransient } from '@mdb/core'
import { type IsolationLevel, type Kysely, sql, type Transaction } from 'kysely'
import { HandlerIdleError } from '../errors.ts'
import {
  isAborted,
  isOfDatabase,
  isOverdue,
  isStatementTimeout,
  mayBeOfDatabase,
  signOfLife,
} from './blame.ts'
import type { IdleBound } from './idle-bound.ts'

/** How a transaction of a handler ended. Failures of the database around it are thrown. */
export type Outcome =
  | { readonly type: 'committed' }
  | { readonly type: 'failed'; readonly error: unknown }

export interface TransactionSteps<DB> {
  /** Before the handler: what it throws is the database's failure, or the fence's. */
  readonly before?: (trx: Transaction<DB>) => Promise<void>
  readonly handle?: (trx: Transaction<DB>) => Promise<void>
  /** After the handler, in the transaction too. */
  readonly after?: (trx: Transaction<DB>) => Promise<void>
}

export interface TransactionSettings {
  readonly isolationLevel: IsolationLevel | undefined
  /** One for all transactions that try the same once more. */
  readonly idle: IdleBound
}

/**
 * Runs a handler in a transaction, and tells the handler's failures, which are returned, from those
 * of the database, which are thrown. Nothing of a failed handler is committed.
 *
 * A commit that the server refuses (a deferred constraint, a statement that failed and was caught) is
 * the handler's failure. One whose answer is lost is thrown, and its outcome not known.
 */
export async function inTransaction<DB>(
  db: Kysely<DB>,
  { isolationLevel, idle }: TransactionSettings,
  steps: TransactionSteps<DB>,
): Promise<Outcome> {
  let handled = false
  let failed: Rollback | undefined
  const begin = db.transaction()
  const transaction = isolationLevel === undefined ? begin : begin.setIsolationLevel(isolationLevel)
  try {
    await transaction.execute(async (trx) => {
      await steps.before?.(trx)
      idle.begin()
      try {
        await steps.handle?.(trx)
        // Asked before the commit, of which nobody would know what became of it.
        if (idle.isPast()) await sql`select`.execute(trx)
      } catch (error) {
        const blame = await blamed(error, trx, idle)
        if (blame instanceof Rollback) failed = blame
        throw blame
      }
      try {
        await steps.after?.(trx)
      } catch (error) {
        throw isAborted(error) ? new Rollback(error) : error
      }
      handled = true
    })
  } catch (error) {
    if (error instanceof Rollback) return { type: 'failed', error: error.reason }
    // A rollback on a session that is gone throws in its place: then the handler may have met that.
    if (failed !== undefined && isPastPatience(failed.reason, idle))
      return { type: 'failed', error: failed.reason }
    if (handled && (!isTransient(error) || isStatementTimeout(error)))
      return { type: 'failed', error }
    throw error
  }
  return { type: 'committed' }
}

// The reason is no `cause`: whoever asks whether it is transient must not look through it.
class Rollback extends Error {
  readonly reason: unknown
  constructor(reason: unknown) {
    super('rolled back for the handler')
    this.reason = reason
  }
}

/** What a failure in the handler is thrown as: as it is when it is the database's. */
async function blamed<DB>(error: unknown, trx: Transaction<DB>, idle: IdleBound): Promise<unknown> {
  if (!mayBeOfDatabase(error)) return new Rollback(error)
  const sign = await signOfLife(trx)
  if (!isOfDatabase(error, sign)) return new Rollback(error)
  const isIdle = sign === 'gone' && (isOverdue(error) || idle.isPast())
  if (!isIdle || !idle.isHandlers()) return error
  return new Rollback(new HandlerIdleError(idle.idleTimeout, error))
}

function isPastPatience(reason: unknown, idle: IdleBound): boolean {
  return reason instanceof HandlerIdleError || (idle.isPast() && idle.isHandlers())
}
