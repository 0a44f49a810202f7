import { sqlStateOf } from '../sql-state.ts'

const LOCK_NOT_AVAILABLE = '55P03'

/**
 * How long a claim waits for the row before it asks again, in milliseconds; also how long after an abort it
 * may still come through.
 */
export const CLAIM_LOCK_TIMEOUT = 500

/**
 * Does what may have to wait for a lock, for as long as it is wanted. A statement that waits runs on when
 * its caller has gone, and takes effect when the lock is free: so the server gives up by itself, and is
 * asked again.
 */
export async function whileWanted<T>(
  signal: AbortSignal | undefined,
  run: () => Promise<T>,
): Promise<T> {
  for (;;) {
    signal?.throwIfAborted()
    try {
      return await run()
    } catch (error) {
      if (sqlStateOf(error) !== LOCK_NOT_AVAILABLE) throw error
    }
  }
}
