import { isTransient } from '@mdb/core'
import { sql, type Transaction } from 'kysely'
import { sqlStateOf } from '../sql-state.ts'

/** What a transaction answers: `aborted` takes nothing more, and its session lives. */
export type SignOfLife = 'alive' | 'aborted' | 'gone'

export async function signOfLife<DB>(trx: Transaction<DB>): Promise<SignOfLife> {
  try {
    await sql`select`.execute(trx)
    return 'alive'
  } catch (error) {
    return isAborted(error) ? 'aborted' : 'gone'
  }
}

/** What it takes to tell whose a failure is, before the transaction is asked. */
export function mayBeOfDatabase(error: unknown): boolean {
  // A statement that is too slow is as slow the next time.
  return isTransient(error) && !isStatementTimeout(error)
}

/**
 * Whether a transient failure that a handler met is the transaction's database's: a deadlock, a lost
 * connection. A handler may call other systems, another PostgreSQL too, which fail with the same
 * words: then the transaction answers as if nothing had been.
 */
export function isOfDatabase(error: unknown, sign: SignOfLife): boolean {
  if (sign === 'gone') return true
  if (sign === 'alive') return false
  // A statement of it failed; but a session that answers is none that was lost.
  const state = sqlStateOf(error)
  return state !== undefined && !OF_SESSION.test(state)
}

/** A statement of the handler failed, and the handler went on: nothing works until a rollback. */
export function isAborted(error: unknown): boolean {
  return sqlStateOf(error) === '25P02'
}

export function isStatementTimeout(error: unknown): boolean {
  return sqlStateOf(error) === '57014'
}

/** The server has ended the session, since its transaction idled or lasted for too long. */
export function isOverdue(error: unknown): boolean {
  return ['25P03', '25P04'].includes(sqlStateOf(error) ?? '')
}

// They end a session, or keep it from beginning.
const OF_SESSION = /^(08...|57P..|53300|25P0[34])$/
