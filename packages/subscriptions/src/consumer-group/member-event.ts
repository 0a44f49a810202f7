/** What happens to the members of an elastic group in this process. */
export type MemberEvent =
  | {
      /** This process holds a member now, and works on it. */
      readonly type: 'member claimed'
      readonly member: number
      readonly size: number
      /** Counts the claims of the member, in any process. */
      readonly epoch: bigint
    }
  | {
      /** This process has stopped working on a member, its place is saved, others may claim it. */
      readonly type: 'member released'
      readonly member: number
      readonly size: number
      readonly epoch: bigint
    }
  | {
      /** Another process has the member, or may have: the lease ran out, or the place was fenced. */
      readonly type: 'member lost'
      readonly member: number
      readonly size: number
      readonly epoch: bigint
      readonly error: unknown
    }
  | {
      /** The group has another size from now on. */
      readonly type: 'resized'
      readonly from: number
      readonly size: number
    }
  | {
      /** The leases could not be given back at the end: others get them when they run out. */
      readonly type: 'group leave failed'
      readonly error: unknown
    }
