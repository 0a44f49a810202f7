/** One member of a group, as its lease says. */
export interface MemberLease {
  readonly member: number
  /** The process that holds the lease; undefined when nobody does, or nobody does any more. */
  readonly owner: string | undefined
  /** Not to be claimed: its work in this generation is done. */
  readonly done: boolean
}

/** What one process should do next so that members are spread evenly. */
export interface Balance {
  readonly claim: readonly number[]
  readonly release: readonly number[]
}

/**
 * Spreads members over the live processes, as evenly as whole numbers allow, moving as few as it can.
 * Those who hold most keep the larger shares, so a group at rest stays at rest. All processes decide
 * by this on one snapshot each, taken under the group's lock, so they agree.
 */
export function balance(
  members: readonly MemberLease[],
  processes: readonly string[],
  me: string,
): Balance {
  const open = members.filter(({ done }) => !done)
  const held = (process: string): number[] =>
    open.filter(({ owner }) => owner === process).map(({ member }) => member)

  const mine = held(me)
  const share = shareOf(me, processes, open.length, (process) => held(process).length)
  const free = open.filter(({ owner }) => owner === undefined).map(({ member }) => member)
  return {
    claim: free.slice(0, Math.max(0, share - mine.length)),
    release: mine.slice(share),
  }
}

function shareOf(
  me: string,
  processes: readonly string[],
  members: number,
  heldBy: (process: string) => number,
): number {
  const ranked = processes.toSorted((a, b) => heldBy(b) - heldBy(a) || (a < b ? -1 : 1))
  const rank = ranked.indexOf(me)
  if (rank < 0) return 0
  const larger = members % ranked.length
  return Math.floor(members / ranked.length) + (rank < larger ? 1 : 0)
}
