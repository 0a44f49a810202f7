import type { SubscriptionEvent } from '../observer.ts'

/** The states that a run is counted in. */
export type RunState = 'behind' | 'live' | 'paused' | 'reconnecting'

/** The state of a run as its events tell it; `before` is where it was when the database failed it. */
export interface TrackedState {
  readonly state: RunState | undefined
  readonly before: RunState | undefined
}

export const untracked: TrackedState = { state: undefined, before: undefined }

/** The state after an event. */
export function nextState(tracked: TrackedState, event: SubscriptionEvent): TrackedState {
  switch (event.type) {
    case 'started':
    case 'behind':
    case 'moved':
      return { state: 'behind', before: undefined }
    case 'live':
      return { state: 'live', before: undefined }
    case 'reconnecting':
      // Heartbeats are the group's: its members go on reading.
      if (event.operation === 'heartbeat' || tracked.state === 'reconnecting') return tracked
      // A replay, which is no run.
      if (event.operation === 'handle' && tracked.state === undefined) return tracked
      return { state: 'reconnecting', before: tracked.state }
    case 'reconnected':
      if (tracked.state !== 'reconnecting' || event.operation === 'heartbeat') return tracked
      return tracked.before === undefined ? untracked : { state: tracked.before, before: undefined }
    case 'paused':
      return { state: 'paused', before: undefined }
    case 'resumed':
      // What came meanwhile is not known.
      return { state: 'behind', before: undefined }
    case 'ended':
      return untracked
    default:
      return tracked
  }
}
