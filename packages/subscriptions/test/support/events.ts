import type { Observer, SubscriptionEvent } from '@mdb/subscriptions'

type EventOf<Type> = Extract<SubscriptionEvent, { type: Type }>

/** Records what an observer is told, and waits for an event. */
export function recordEvents(): {
  readonly observer: Observer
  readonly all: readonly SubscriptionEvent[]
  readonly types: () => string[]
  /** The next event of a type that was not waited for yet. */
  readonly next: <Type extends SubscriptionEvent['type']>(type: Type) => Promise<EventOf<Type>>
} {
  const all: SubscriptionEvent[] = []
  let seen = 0
  let waiting: Array<() => void> = []
  return {
    all,
    types: () => all.map(({ type }) => type),
    observer(event) {
      all.push(event)
      for (const notice of waiting) notice()
      waiting = []
    },
    async next(type) {
      for (;;) {
        const index = all.findIndex((event, at) => at >= seen && event.type === type)
        if (index >= 0) {
          seen = index + 1
          return all[index] as EventOf<typeof type>
        }
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
  }
}
