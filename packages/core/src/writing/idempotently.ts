import type { CallOptions } from '../call-options.ts'
import { DuplicateMessageIdError, WrongExpectedVersionError } from '../errors.ts'
import { acquireLocks } from '../functions/acquire-locks.ts'
import type { WriteResult } from '../message.ts'
import { readServerError } from '../server-error.ts'
import type { Session } from '../session.ts'
import type { BatchMessage } from './batch.ts'
import { findWritten } from './find-written.ts'
import { lockOrder } from './lock-order.ts'
import { resolveWritten } from './resolve-written.ts'

const IN_FAILED_TRANSACTION = '25P02'

/**
 * Sends a batch unless an earlier attempt has written it.
 *
 * Alone, a write is sent at once: what is in the store already makes it fail, be it by the id or,
 * which is checked first, by the expected version. The server does that under the category's lock,
 * so an attempt that is still under way is over by then, and can be looked up.
 *
 * In the caller's transaction a failure would end the transaction, so the lock is taken first, and
 * the look-up, a statement of its own that sees what was committed before the lock was got, comes
 * before the write.
 */
export async function idempotently(
  session: Session,
  batch: readonly BatchMessage[],
  send: () => Promise<WriteResult[]>,
  options: CallOptions & { readonly alone?: boolean },
): Promise<WriteResult[]> {
  const { alone = false } = options
  const lookUp = async (errorOptions?: ErrorOptions): Promise<WriteResult[] | undefined> =>
    resolveWritten(batch, await findWritten(session, batch, options), { ...errorOptions, alone })

  if (session.inTransaction) {
    const names = lockOrder(batch.map(({ streamName }) => streamName))
    await session.readValue(acquireLocks(names, session.target), options)
    return (await lookUp()) ?? (await send())
  }
  try {
    return await send()
  } catch (error) {
    if (!mayBeWritten(error)) throw error
    const written = await lookUp({ cause: error }).catch((reason: unknown) => {
      // A transaction that Kysely does not know of has ended with the write.
      if (readServerError(reason)?.code === IN_FAILED_TRANSACTION) return undefined
      throw reason
    })
    if (written === undefined) throw error
    return written
  }
}

function mayBeWritten(error: unknown): boolean {
  return error instanceof DuplicateMessageIdError || error instanceof WrongExpectedVersionError
}
