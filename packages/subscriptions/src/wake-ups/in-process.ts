import { concerns, type Notifier, type WakeUps, type WakeUpTopic } from './wake-ups.ts'

/**
 * Wake-ups within the process: whoever writes says so, and the subscriptions that read it poll at
 * once. For PGlite, and for an application that is one process.
 *
 * @example
 * ```ts
 * import { inProcessWakeUps, notifyingStore, subscribe } from '@mdb/subscriptions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { store: plain } = await server.createDatabase()
 * const wakeUps = inProcessWakeUps()
 * const store = notifyingStore(plain, wakeUps)
 * const subscription = subscribe(store, {
 *   id: 'delays',
 *   source: { category: 'airport' },
 *   wakeUps,
 *   handler: () => void subscription.stop(),
 * })
 * const run = subscription.run()
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * console.log(await run) // { reason: 'stopped', position: 1n }
 * ```
 *
 * @returns both ends: the wake-ups for subscriptions, and `notify` for writers.
 */
export function inProcessWakeUps(): WakeUps & Notifier {
  const listeners = new Set<{ readonly topic: WakeUpTopic; readonly wake: () => void }>()
  return {
    listen(topic, wake) {
      const listener = { topic, wake }
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    notify(category) {
      for (const { topic, wake } of listeners) if (concerns(topic, category)) wake()
    },
  }
}
