import type { Clock } from '../clock.ts'
import type { MemberRun } from './member-run.ts'

/** A code that says that trying again may help, on another connection. */
class NoAnswer extends Error {
  override readonly name = 'NoAnswer'
  readonly code = 'ETIMEDOUT'
}

/**
 * What the database answers, or a transient error. A host that is cut off is told nothing: its
 * connections look open, and what is sent on them is neither answered nor refused, for a quarter of
 * an hour or for ever. What was given up here may still come to pass: it must do no harm.
 */
export async function answered<T>(
  answer: Promise<T>,
  { within, clock }: { readonly within: number; readonly clock: Clock },
): Promise<T> {
  const done = new AbortController()
  const late = clock.sleep(within, done.signal).then(() => {
    if (done.signal.aborted) return
    throw new NoAnswer(`The database has not answered for ${within} ms`)
  })
  try {
    return (await Promise.race([answer, late])) as T
  } finally {
    done.abort()
  }
}

/** Resolves when a member that was lost has ended, or to an error when it has not for a lease. */
export async function untilHung(
  { member, outcome }: MemberRun,
  { clock, lease }: { readonly clock: Clock; readonly lease: number },
): Promise<Error | undefined> {
  const ended = new AbortController()
  void outcome.then(() => ended.abort())
  await clock.sleep(lease, ended.signal)
  if (ended.signal.aborted) return undefined
  return new NoAnswer(
    `Member ${member} was lost, and has not ended for ${lease} ms: it is left behind`,
  )
}
