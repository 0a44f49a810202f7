import type { MemberLease } from './balance.ts'

interface Resize {
  readonly resizeTo: number | undefined
  readonly barrier: bigint | undefined
  readonly members: readonly MemberLease[]
}

/**
 * A resize has three steps. All members stop (their owners release them, or their leases run out);
 * when nobody holds one, the barrier is set. The members are claimed again and run up to it; when
 * all are done, the size changes.
 */
export function resizeStep({
  resizeTo,
  barrier,
  members,
}: Resize): 'none' | 'set barrier' | 'change size' {
  if (resizeTo === undefined) return 'none'
  if (barrier !== undefined) return members.every(({ done }) => done) ? 'change size' : 'none'
  return members.every(({ owner }) => owner === undefined) ? 'set barrier' : 'none'
}
