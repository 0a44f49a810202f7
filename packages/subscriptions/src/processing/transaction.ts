import { isTransient } from '@mdb/core'
import { type IsolationLevel, type Kysely, sql, type Transaction } from 'kysely'

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

/**
 * Runs a handler in a transaction, and tells the handler's failures, which are returned, from those
 * of the database, which are thrown. Nothing of a failed handler is committed.
 *
 * A commit that the server refuses (a deferred constraint, a statement that failed and was caught) is
 * the handler's failure. One whose answer is lost is thrown, and its outcome not known.
 */
export async function inTransaction<DB>(
  db: Kysely<DB>,
  isolationLevel: IsolationLevel | undefined,
  steps: TransactionSteps<DB>,
): Promise<Outcome> {
  let handled = false
  const begin = db.transaction()
  const transaction = isolationLevel === undefined ? begin : begin.setIsolationLevel(isolationLevel)
  try {
    await transaction.execute(async (trx) => {
      await steps.before?.(trx)
      try {
        await steps.handle?.(trx)
      } catch (error) {
        if (await isOfDatabase(error, trx)) throw error
        throw new Rollback(error)
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
    if (handled && !isTransient(error)) return { type: 'failed', error }
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

/** A statement of the handler failed, and the handler went on: nothing works until a rollback. */
function isAborted(error: unknown): boolean {
  return sqlStateOf(error) === '25P02'
}

/**
 * Whether the failure that a handler met is the transaction's database's: a deadlock, a lost
 * connection. A handler may call other systems, whose connections fail with the same words: then
 * the transaction is alive, and the failure is the handler's.
 */
async function isOfDatabase<DB>(error: unknown, trx: Transaction<DB>): Promise<boolean> {
  if (!isTransient(error)) return false
  if (sqlStateOf(error) !== undefined) return true
  try {
    await sql`select`.execute(trx)
    return false
  } catch {
    return true
  }
}

// With a digit: EPIPE is none.
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

function sqlStateOf(error: unknown): string | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; depth += 1) {
    if ('code' in each && typeof each.code === 'string' && SQLSTATE.test(each.code))
      return each.code
    each = each.cause
  }
  return undefined
}
