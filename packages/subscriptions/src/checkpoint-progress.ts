/** How often the place is saved. Whichever comes first. */
export interface CheckpointInterval {
  /** After so many messages. 1 or more, default 100. */
  readonly messages: number
  /** So many milliseconds after the first message that is not saved yet. Default 5,000. */
  readonly milliseconds: number
}

/** What was handled, and what of it is saved. A value: each step returns the next. */
export interface Progress {
  /** The last position handled. */
  readonly position: bigint | undefined
  /** The last position saved. */
  readonly saved: bigint | undefined
  /** How many messages were handled since. */
  readonly unsaved: number
  /** When the first of them was handled. */
  readonly since: number
}

export function progressFrom(checkpoint: bigint | undefined): Progress {
  return { position: checkpoint, saved: checkpoint, unsaved: 0, since: 0 }
}

export function handled(progress: Progress, position: bigint, now: number): Progress {
  const since = progress.unsaved === 0 ? now : progress.since
  return { ...progress, position, unsaved: progress.unsaved + 1, since }
}

export function saved(progress: Progress): Progress {
  return { ...progress, saved: progress.position, unsaved: 0 }
}

/** Milliseconds until a save is due: 0 when it is, Infinity when there is nothing to save. */
export function dueIn(progress: Progress, interval: CheckpointInterval, now: number): number {
  if (progress.unsaved === 0) return Infinity
  if (progress.unsaved >= interval.messages) return 0
  return Math.max(0, progress.since + interval.milliseconds - now)
}
