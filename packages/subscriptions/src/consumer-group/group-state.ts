import type { Subscription, SubscriptionState } from '../subscription.ts'

/** The state of a process's part of a group: that of the member which is worst off. */
export function groupState(members: readonly Subscription[]): SubscriptionState {
  const states = members.map(({ state }) => state)
  if (states.length === 0) return 'standby'
  if (states.includes('reconnecting')) return 'reconnecting'
  if (states.every((state) => state === 'paused')) return 'paused'
  return states.every((state) => state === 'live') ? 'live' : 'behind'
}

/** The lowest position of members; undefined when one has none, or there are no members. */
export function lowestPosition(members: readonly Subscription[]): bigint | undefined {
  let lowest: bigint | undefined
  for (const { position } of members) {
    if (position === undefined) return undefined
    if (lowest === undefined || position < lowest) lowest = position
  }
  return lowest
}
