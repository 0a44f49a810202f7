/** Which group: the subscription, and the category that it reads. */
export interface GroupKey {
  readonly subscriptionId: string
  readonly source: string
}

/** A lease as its holder knows it. The epoch tells it from earlier leases on the same member. */
export interface HeldMember {
  readonly member: number
  readonly epoch: bigint
}

/** What a process tells its group each time it shows that it is alive. */
export interface Heartbeat {
  readonly processId: string
  /** Milliseconds that its leases hold from now on. */
  readonly lease: number
  /** The size to make the group with, if it is not there. */
  readonly size: number
  /** The leases to end: it has stopped working on these members, and their place is saved. */
  readonly released: readonly HeldMember[]
  /** Of the released, those that have reached the barrier. */
  readonly done: readonly HeldMember[]
}

/** What the group answers. */
export interface GroupView {
  /** The size of the group now. */
  readonly size: number
  /** The size that the group is being resized to; undefined when it is not. */
  readonly resizeTo: number | undefined
  /** The position that members run up to before the size changes; undefined: no end. */
  readonly barrier: bigint | undefined
  /** Every lease that the process holds, the new ones too. One that is not here is lost. */
  readonly mine: readonly HeldMember[]
  /** Of these, the members to stop working on, after the page in flight, and then to release. */
  readonly release: readonly number[]
}

/**
 * Keeps the leases of groups. A call is atomic, and calls for one group come one after the other, so
 * no two processes ever hold one member. Time is the store's own: the clocks of the processes do not
 * matter. A process that is silent for as long as its lease loses its members to those that are not.
 */
export interface GroupStore {
  heartbeat(key: GroupKey, heartbeat: Heartbeat): Promise<GroupView>
  /** Gives everything back and goes. The process must have stopped working on its members. */
  leave(key: GroupKey, processId: string): Promise<void>
}
