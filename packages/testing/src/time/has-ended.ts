/** What is looked at of an event, where it has it: as those of a subscription do. */
interface Ending {
  readonly type: string
  readonly subscriptionId?: unknown
  readonly consumerGroup?: unknown
}

/**
 * Whether nothing more is to come: the last event is an `ended`, and all that has begun has ended. A
 * member of an elastic group may end, and the process goes on: it is over with an `ended` of its own.
 */
export function hasEnded(events: readonly Ending[]): boolean {
  if (events.at(-1)?.type !== 'ended') return false
  const running = new Set<string>()
  for (const { type, subscriptionId, consumerGroup } of events) {
    const who = JSON.stringify([subscriptionId, consumerGroup])
    // A group's process says of itself that it has claimed a member, and not that it started.
    if (type === 'started' || type === 'member claimed') running.add(who)
    if (type === 'ended') running.delete(who)
  }
  return running.size === 0
}
