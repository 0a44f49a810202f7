// Which failures pass by themselves. What is on the edge says why it is in or out.

/**
 * By SQLSTATE; besides, all of class `08` (connection exceptions; PgBouncer says `08P01` of most that
 * befalls it), and `57014` when it was a statement timeout.
 *
 * Out: `53400` (a configured limit), `57P04` (the database was dropped), `58…` and `XX…` (disks and
 * corruption want a person), `28…` and `3D000` (wrong credentials, no such database).
 */
export const TRANSIENT_SQLSTATES: ReadonlySet<string> = new Set([
  // After a failover the pool may still hold the old primary, now a standby, until it is closed. A
  // server that is read-only for good, and a read-only transaction, look the same.
  '25006', // read_only_sql_transaction
  '25P03', // idle_in_transaction_session_timeout
  '25P04', // transaction_timeout
  '40001', // serialization_failure
  '40P01', // deadlock_detected
  // Room that is missing now may be there soon.
  '53000', // insufficient_resources
  '53100', // disk_full
  '53200', // out_of_memory
  '53300', // too_many_connections
  '55P03', // lock_not_available: lock_timeout, or nowait. Whoever holds the lock lets go of it.
  '57P01', // admin_shutdown
  '57P02', // crash_shutdown
  '57P03', // cannot_connect_now
  '57P05', // idle_session_timeout
])

/** By the code of Node or of a driver. */
export const TRANSIENT_CODES: ReadonlySet<string> = new Set([
  'EAI_AGAIN',
  'ECONNABORTED',
  'ECONNREFUSED',
  'ECONNRESET',
  'EHOSTUNREACH',
  'ENETDOWN',
  'ENETUNREACH',
  // Names of containers are away while these restart.
  'ENOTFOUND',
  'EPIPE',
  'ERR_STREAM_DESTROYED',
  'ETIMEDOUT',
  // postgres.js. Not CONNECTION_ENDED: that is a client which its owner has ended.
  'CONNECTION_CLOSED',
  'CONNECTION_DESTROYED',
  'CONNECT_TIMEOUT',
])

/** By text, where `pg` gives no code. */
export const TRANSIENT_MESSAGES: readonly RegExp[] = [
  /^Connection terminated( unexpectedly| due to connection timeout)?$/,
  /^timeout exceeded when trying to connect$/,
  /^timeout expired$/,
  /^Query read timeout$/,
  /^Client has encountered a connection error and is not queryable$/,
  /^Client was closed and is not queryable$/,
]
