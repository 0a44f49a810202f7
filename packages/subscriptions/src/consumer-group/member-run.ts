import { isTransient } from '@mdb/core'
import { FencedError } from '../errors.ts'
import type { Subscription } from '../subscription.ts'
import type { RunningMember } from './reconcile.ts'

/** How the run of a member ended. */
export type MemberOutcome =
  /** Its place is saved: the lease may be given back. */
  | { readonly ended: 'stopped' | 'reached barrier' }
  /** Another process has the member, or may have: its place could not be saved, or it hangs. */
  | { readonly ended: 'lost'; readonly error: unknown }
  | { readonly ended: 'failed'; readonly error: unknown }

export interface MemberRun extends RunningMember {
  readonly subscription: Subscription
  readonly outcome: Promise<MemberOutcome>
}

/** Runs one member to its end, and says what that means for its lease. */
export function runMember(
  member: RunningMember,
  subscription: Subscription,
  reachedBarrier: () => boolean,
): MemberRun {
  return { ...member, subscription, outcome: outcomeOf(subscription, reachedBarrier) }
}

async function outcomeOf(
  subscription: Subscription,
  reachedBarrier: () => boolean,
): Promise<MemberOutcome> {
  try {
    await subscription.run()
    return { ended: reachedBarrier() ? 'reached barrier' : 'stopped' }
  } catch (error) {
    // The database was away when the place was to be saved, or somebody else has the member by now.
    if (error instanceof FencedError || isTransient(error)) return { ended: 'lost', error }
    return { ended: 'failed', error }
  }
}
