import type { Message, MessageStore } from '@mdb/core'
import {
  resolveOptions,
  type ResolvedOptions,
  type SubscriberOptions,
  type SubscriptionDefaults,
  type SubscriptionOptions,
} from './options.ts'
import { isElastic } from './consumer-group/elastic-group.ts'
import { makeElastic } from './consumer-group/make-elastic.ts'
import type { Subscription } from './subscription.ts'
import { PollingSubscription } from './polling-subscription.ts'
import { processorOf } from './processing/processor-of.ts'
import type { MessageSource, ReadableStore } from './message-source.ts'
import { sourceOf } from './source-of.ts'
import { validateTransactional } from './validate-transactional.ts'

/**
 * Makes a subscription to a stream, to one or several categories, or to all messages. Nothing is read before `run`.
 *
 * With `transactional`, the handler gets the transaction that the checkpoint moves in, and what it
 * writes there happens exactly once.
 *
 * @example
 * ```ts
 * import { memoryCheckpoints, subscribe } from '@mdb/subscriptions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 *
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   checkpoints: memoryCheckpoints(),
 *   handler: (message) => console.log(message.streamName, message.data),
 *   observer: (event) => void (event.type === 'live' && subscription.stop()),
 * })
 * console.log(await subscription.run()) // { reason: 'stopped', position: 1n }
 * ```
 *
 * @returns the subscription, idle
 * @throws InvalidOptionError when an option is missing or out of range
 */
export function subscribe<M extends Message = Message, DB = never>(
  store: MessageStore<DB> | ReadableStore,
  options: SubscriptionOptions<M, DB>,
): Subscription {
  return subscribeWith(store, resolveOptions<M, DB>(options))
}

/** Makes subscriptions that share their defaults. */
export interface Subscriber<DB = never> {
  /** As `subscribe`; an option that is given, and is not `undefined`, wins over the default. */
  subscribe<M extends Message = Message>(options: SubscriberOptions<M, DB>): Subscription
}

/**
 * Sets defaults for many subscriptions. They hold no state together: each run has a polling state
 * of its own, also with one strategy for all.
 *
 * @example
 * ```ts
 * import { constantPolling, createSubscriber, memoryCheckpoints } from '@mdb/subscriptions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store } = await server.createDatabase()
 * const subscriber = createSubscriber(store, {
 *   checkpoints: memoryCheckpoints(),
 *   polling: constantPolling({ interval: 100 }),
 * })
 * const controller = new AbortController()
 * const subscription = subscriber.subscribe({
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   handler: () => {},
 *   observer: (event) => void (event.type === 'live' && controller.abort()),
 * })
 * console.log(await subscription.run({ signal: controller.signal }))
 * ```
 */
export function createSubscriber<DB = never>(
  store: MessageStore<DB> | ReadableStore,
  defaults: SubscriptionDefaults = {},
): Subscriber<DB> {
  return {
    subscribe: <M extends Message>(options: SubscriberOptions<M, DB>) =>
      subscribeWith(store, resolveOptions<M, DB>(options, defaults)),
  }
}

function subscribeWith<M extends Message>(
  store: ReadableStore,
  options: ResolvedOptions<M>,
): Subscription {
  validateTransactional(store, options)
  const subscriptionOf = (each: ResolvedOptions<M>, source: MessageSource<M>): Subscription =>
    new PollingSubscription(each, source, (context) => processorOf(store, each, context))

  const { consumerGroup } = options.source
  if (!isElastic(consumerGroup)) return subscriptionOf(options, sourceOf<M>(store, options))
  return makeElastic(options, consumerGroup, {
    messageStore: store.schema,
    sourceOf: (each) => sourceOf<M>(store, each),
    subscriptionOf,
  })
}
