import type { SubscriptionEvent } from '@mdb/subscriptions'
import { recordEvents as record, type EventRecorder } from '@mdb/testing'

/** Records what the observer of a subscription is told, and waits for an event. */
export function recordEvents(): EventRecorder<SubscriptionEvent> {
  return record<SubscriptionEvent>()
}
