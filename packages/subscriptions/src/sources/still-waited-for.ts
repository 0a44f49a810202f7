import type { OpenWriter } from '../observer.ts'

/**
 * Who of those waited for has still not ended, given who is writing now. Transactions that began
 * later are no concern: they drew their positions behind the head.
 *
 * A session's transaction may be gone because it was prepared, and then goes on under another name,
 * without a process. So when one is gone, the prepared ones are waited for too.
 */
export function stillWaitedFor(
  waitedFor: readonly OpenWriter[],
  writing: readonly OpenWriter[],
): readonly OpenWriter[] {
  const now = new Set(writing.map(({ transaction }) => transaction))
  const gone = waitedFor.some(({ pid, transaction }) => pid !== undefined && !now.has(transaction))
  const before = new Set(waitedFor.map(({ transaction }) => transaction))
  return writing.filter(
    ({ pid, transaction }) => before.has(transaction) || (gone && pid === undefined),
  )
}
