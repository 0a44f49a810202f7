// The one place that knows which failures pass by themselves: the database is restarting, failing
// over, short of connections, or it asked for the transaction to be tried again.

const SQLSTATES = new Set([
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
  '25P03', // idle_in_transaction_session_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  '53300', // too_many_connections
])
const CONNECTION_EXCEPTION = /^08[0-9A-Z]{3}$/

const SYSTEM_CODES = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ECONNABORTED',
  'EPIPE',
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'ENETDOWN',
  'EAI_AGAIN',
  // postgres.js
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
])

// pg gives these no code
const MESSAGES = [
  /^Connection terminated( unexpectedly| due to connection timeout)?$/,
  /^timeout exceeded when trying to connect$/,
  /^timeout expired$/,
  /^Client has encountered a connection error and is not queryable$/,
  /^Client was closed and is not queryable$/,
]

/**
 * Whether trying again may help, judged by an error and its causes. A closed PGlite or a destroyed
 * Kysely does not come back, so those are not transient.
 *
 * @example
 * ```ts
 * import { isTransient } from '@mdb/subscriptions'
 *
 * console.log(isTransient(Object.assign(new Error('restarting'), { code: '57P03' }))) // true
 * console.log(isTransient(new Error('relation does not exist'))) // false
 * ```
 */
export function isTransient(error: unknown): boolean {
  const seen = new Set<unknown>()
  const pending: unknown[] = [error]
  while (pending.length > 0) {
    const current = pending.pop()
    if (!(current instanceof Error) || seen.has(current)) continue
    seen.add(current)
    if (isTransientItself(current)) return true
    pending.push(current.cause)
    if (current instanceof AggregateError) pending.push(...(current.errors as unknown[]))
  }
  return false
}

function isTransientItself(error: Error): boolean {
  const code = 'code' in error ? error.code : undefined
  if (typeof code === 'string') {
    if (SQLSTATES.has(code) || SYSTEM_CODES.has(code) || CONNECTION_EXCEPTION.test(code)) {
      return true
    }
  }
  return MESSAGES.some((text) => text.test(error.message))
}
