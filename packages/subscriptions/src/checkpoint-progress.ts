/** How often the place is saved. Whichever comes first. */
export interface CheckpointInterval {
  /** After so many messages. 1 or more, default 1,000. */
  readonly messages: number
  /** So many milliseconds after the first message that is not saved yet. Default 5,000. */
  readonly milliseconds: number
}

// A position that moved without a message is worth less: to lose it means to scan again, no more.
// So many positions are scanned in milliseconds, and so rarely is a write not noticed.
const MOVED_POSITIONS = 10_000n
const MOVED_MILLISECONDS = 60_000

/** How far it is, and what of it is saved. A value: each step returns the next. */
export interface Progress {
  /** Everything up to here is handled, or does not match. */
  readonly position: bigint | undefined
  /** The last position saved. */
  readonly saved: bigint | undefined
  /** How many messages were handled since; rather more than fewer. */
  readonly unsaved: number
  /** When the first of them was handled, or, when none was, when the position first moved. */
  readonly since: number
}

export function progressFrom(checkpoint: bigint | undefined): Progress {
  return { position: checkpoint, saved: checkpoint, unsaved: 0, since: 0 }
}

export function handled(progress: Progress, position: bigint, now: () => number): Progress {
  const { saved: last, unsaved } = progress
  const since = unsaved === 0 ? now() : progress.since
  // Called for each message: a copy by spreading takes twice as long.
  return { position, saved: last, unsaved: unsaved + 1, since }
}

/** Moves the position past what does not match; never back. */
export function movedTo(progress: Progress, position: bigint, now: number): Progress {
  if (progress.position !== undefined && position <= progress.position) return progress
  const since = progress.position === progress.saved ? now : progress.since
  return { ...progress, position, since }
}

/** What was so far when a save began is saved. More may have been handled in the meantime. */
export function saved(
  progress: Progress,
  begun: Progress = progress,
  now: number = progress.since,
): Progress {
  const last = highest(progress.saved, begun.position)
  if (last === progress.position) return { ...progress, saved: last, unsaved: 0, since: now }
  // A transaction that has saved meanwhile has counted anew: what had begun is not in its count.
  if (progress.saved !== begun.saved) return { ...progress, saved: last }
  return { ...progress, saved: last, unsaved: progress.unsaved - begun.unsaved, since: now }
}

/** Handled and saved at once, in a transaction; a position that is behind moves nothing. */
export function committed(progress: Progress, position: bigint): Progress {
  if (progress.position !== undefined && position < progress.position) {
    return { ...progress, saved: highest(progress.saved, position) }
  }
  return { ...progress, position, saved: position, unsaved: 0 }
}

function highest(one: bigint | undefined, other: bigint | undefined): bigint | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return one > other ? one : other
}

/** Milliseconds until a save is due: 0 when it is, Infinity when there is nothing to save. */
export function dueIn(progress: Progress, interval: CheckpointInterval, now: number): number {
  const { position, saved: last = 0n, unsaved, since } = progress
  if (unsaved >= interval.messages) return 0
  if (unsaved > 0) return Math.max(0, since + interval.milliseconds - now)
  if (position === undefined || position === progress.saved) return Infinity
  if (position - last >= MOVED_POSITIONS) return 0
  return Math.max(0, since + MOVED_MILLISECONDS - now)
}
