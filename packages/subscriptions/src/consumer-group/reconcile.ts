import type { GroupView, HeldMember } from './group-store.ts'

/** A member that this process works on, or is about to stop working on. */
export interface RunningMember extends HeldMember {
  readonly size: number
  readonly barrier: bigint | undefined
}

export interface Reconciliation {
  /** Members to work on from now on. */
  readonly start: readonly HeldMember[]
  /** Members to stop working on, after the page in flight, and to release. */
  readonly stop: readonly RunningMember[]
  /**
   * Members to release that nobody works on: their claim was made, but by the time its answer came
   * through they were to be released.
   */
  readonly giveBack: readonly HeldMember[]
  /** Members whose lease was lost: to stop at once, with nothing to release. */
  readonly lost: readonly RunningMember[]
}

/**
 * What to do so that what runs is what is held. A member that is to start again under another epoch,
 * size or barrier starts when its old run has ended, at the next heartbeat.
 */
export function reconcile(running: readonly RunningMember[], view: GroupView): Reconciliation {
  const isHeld = ({ member, epoch }: HeldMember): boolean =>
    view.mine.some((held) => held.member === member && held.epoch === epoch)
  const isCurrent = ({ size, barrier }: RunningMember): boolean =>
    size === view.size && barrier === view.barrier
  const runs = (member: number): boolean => running.some((run) => run.member === member)

  const isToRelease = ({ member }: HeldMember): boolean => view.release.includes(member)

  const held = running.filter(isHeld)
  const idle = view.mine.filter(({ member }) => !runs(member))
  return {
    start: idle.filter((member) => !isToRelease(member)),
    stop: held.filter((run) => isToRelease(run) || !isCurrent(run)),
    giveBack: idle.filter(isToRelease),
    lost: running.filter((run) => !isHeld(run)),
  }
}
