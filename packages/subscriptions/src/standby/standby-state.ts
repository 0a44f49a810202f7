import type { StandbyRow } from './standby-query.ts'

/** What a page can be read from. */
export type StandbyState = 'ready' | 'behind' | 'promoted' | 'other timeline'

/**
 * Whether a standby may be read: it follows the primary that the checkpoint is kept on, by the same
 * history, and has replayed what was asked for.
 */
export function standbyState(
  { recovering, timeline, replayed }: StandbyRow,
  primaryTimeline: number,
): StandbyState {
  if (!recovering) return 'promoted'
  if (timeline !== primaryTimeline) return 'other timeline'
  return replayed ? 'ready' : 'behind'
}
