import type { SubscriptionEvent } from '@mdb/subscriptions'

/** An event of a subscription in words for the page; undefined for what happens all the time. */
export function describeEvent(process: string, event: SubscriptionEvent): string | undefined {
  const { subscriptionId } = event
  switch (event.type) {
    case 'member claimed':
      return `${process} took member ${event.member} of ${subscriptionId}`
    case 'member released':
      return `${process} gave member ${event.member} of ${subscriptionId} back`
    case 'member lost':
      return `${process} lost member ${event.member} of ${subscriptionId}: ${reasonOf(event.error)}`
    case 'resized':
      return `${process} works for ${event.size} members of ${subscriptionId}, no longer ${event.from}`
    case 'parked':
      return `parked ${event.message.type} of ${event.message.streamName}: ${reasonOf(event.error)}`
    case 'reconnecting':
      return event.attempt === 1
        ? `${process} lost the database: ${reasonOf(event.error)}`
        : undefined
    case 'reconnected':
      return `${process} has the database again`
    default:
      return undefined
  }
}

export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
