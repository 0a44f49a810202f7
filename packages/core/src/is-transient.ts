import { isError } from './is-error.ts'
import { TRANSIENT_CODES, TRANSIENT_MESSAGES, TRANSIENT_SQLSTATES } from './transient-failures.ts'

/**
 * Whether trying again may help, judged by an error, its causes and the errors that an
 * `AggregateError` holds. It answers the same on `pg`, PGlite and postgres.js, and for a
 * `MessageStoreError` by the server's error that it keeps as its `cause`.
 *
 * What is tried again is the whole transaction: the server has rolled it back, or its outcome is not
 * known because the connection was lost. So write with an `expectedVersion` or a message `id`, which
 * make a second time harmless.
 *
 * | true for | SQLSTATE or code |
 * | --- | --- |
 * | a lost, refused or timed-out connection | `08…`, `ECONNRESET`, `ECONNREFUSED`, `ENOTFOUND`, … |
 * | a server that stops, starts, or ended the session for its age | `57P01` `57P02` `57P03` `57P05` `25P03` `25P04` |
 * | a failover that left this connection on a standby | `25006` |
 * | a serialization failure, a deadlock | `40001` `40P01` |
 * | a lock that was not free (`lock_timeout`, `nowait`) | `55P03` |
 * | a statement timeout, but not a cancellation that somebody asked for | `57014` |
 * | too many connections, no memory, no disk | `53300` `53000` `53100` `53200` |
 *
 * A closed PGlite, an ended pool and a destroyed Kysely do not come back: those are not transient.
 *
 * @example
 * ```ts
 * import { isTransient } from '@mdb/core'
 *
 * console.log(isTransient(Object.assign(new Error('restarting'), { code: '57P03' }))) // true
 * console.log(isTransient(new Error('relation does not exist'))) // false
 * ```
 *
 * @returns `true` when trying again may help; `false` for what is no `Error` too.
 *
 * Stands on PostgreSQL's SQLSTATEs, Node's system error codes, and the codes and texts of drivers.
 */
export function isTransient(error: unknown): boolean {
  const seen = new Set<unknown>()
  const pending: unknown[] = [error]
  while (pending.length > 0) {
    const current = pending.pop()
    if (!isError(current) || seen.has(current)) continue
    seen.add(current)
    if (isTransientItself(current)) return true
    pending.push(current.cause)
    // An `AggregateError`, of whichever realm.
    const { errors } = current as { errors?: unknown }
    if (Array.isArray(errors)) pending.push(...(errors as unknown[]))
  }
  return false
}

function isTransientItself(error: Error): boolean {
  const code = 'code' in error && typeof error.code === 'string' ? error.code : undefined
  if (code === undefined) return TRANSIENT_MESSAGES.some((text) => text.test(error.message))
  if (code === '57014') return /statement timeout/.test(error.message)
  // A socket's file is away while its server restarts; any other missing file stays missing.
  if (code === 'ENOENT') return 'syscall' in error && error.syscall === 'connect'
  return code.startsWith('08')
    ? /^08[0-9A-Z]{3}$/.test(code)
    : TRANSIENT_SQLSTATES.has(code) || TRANSIENT_CODES.has(code)
}
