import { category, type MessageStore } from '@mdb/core'
import type { Notifier } from './wake-ups.ts'

/**
 * The same store, whose writes tell a notifier once they have succeeded.
 *
 * Not in a transaction: `using(trx)` gives the plain store, since nobody can see a message before
 * the commit. Call `notifier.notify('airport')` after it.
 *
 * @example
 * ```ts
 * import { inProcessWakeUps, notifyingStore } from '@mdb/subscriptions'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db, store: plain } = await server.createDatabase()
 * const wakeUps = inProcessWakeUps()
 * const store = notifyingStore(plain, wakeUps)
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: {} }) // tells
 * await db.transaction().execute(async (trx) => {
 *   await store.using(trx).writeMessage('airport-SEA', { type: 'FlightArrived', data: {} })
 * })
 * wakeUps.notify('airport') // tells
 * ```
 */
export function notifyingStore<DB>(store: MessageStore<DB>, notifier: Notifier): MessageStore<DB> {
  const told = async <T>(written: Promise<T>, streamNames: readonly string[]): Promise<T> => {
    const result = await written
    for (const name of new Set(streamNames.map((each) => category(each)))) notifier.notify(name)
    return result
  }
  if (store.db.isTransaction) return store
  return {
    ...store,
    writeMessage: (streamName, message, options) =>
      told(store.writeMessage(streamName, message, options), [streamName]),
    writeMessages: (streamName, messages, options) =>
      told(store.writeMessages(streamName, messages, options), [streamName]),
    writeToStreams: (messages, options) =>
      told(
        store.writeToStreams(messages, options),
        messages.map(({ streamName }) => streamName),
      ),
    using: (db) => notifyingStore(store.using(db), notifier),
  }
}
