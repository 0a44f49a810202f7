import type { Message, MessageStore } from '@mdb/core'
import {
  subscribe,
  type ReadableStore,
  type SubscriptionEnd,
  type AtLeastOnceOptions,
} from '@mdb/subscriptions'

export type Counted = Message<'Counted', { n: number }>

/** Writes the numbers from `first` to `last`, a message each. */
export async function writeNumbers(
  store: Pick<MessageStore<unknown>, 'writeMessage'>,
  streamName: string,
  first: number,
  last: number,
  metadata?: object,
): Promise<void> {
  for (let n = first; n <= last; n += 1) {
    await store.writeMessage(streamName, { type: 'Counted', data: { n }, metadata })
  }
}

/** Runs a subscription until it is live, and says which numbers it saw. */
export async function untilLive(
  store: ReadableStore,
  options: AtLeastOnceOptions,
): Promise<{ readonly numbers: number[]; readonly end: SubscriptionEnd }> {
  const numbers: number[] = []
  const subscription = subscribe<Counted>(store, {
    ...options,
    handler: ({ data }) => void numbers.push(data.n),
    observer(event) {
      options.observer?.(event)
      if (event.type === 'live') void subscription.stop()
    },
  })
  const end = await subscription.run()
  return { numbers, end }
}
