import type { MessageStore } from '@mdb/core'
import { subscribe, type Observer } from '@mdb/subscriptions'
import { alertCountsOptions, delaysOptions } from './consumers.ts'
import type { Database } from './database.ts'

export interface RunConsumersOptions {
  /** Names the process in the leases. */
  readonly processName: string
  readonly signal: AbortSignal
  readonly observer: Observer
}

/** What each process of the example does: takes part in both groups, until it is stopped or one fails. */
export async function runConsumers(
  store: MessageStore<Database>,
  { processName, signal, observer }: RunConsumersOptions,
): Promise<void> {
  const failed = new AbortController()
  const either = AbortSignal.any([signal, failed.signal])
  const subscriptions = [
    subscribe(store, { ...delaysOptions(store, processName), observer }),
    subscribe(store, { ...alertCountsOptions(store, processName), observer }),
  ]
  const runs = subscriptions.map(async (subscription) => {
    try {
      await subscription.run({ signal: either })
    } finally {
      // A process does both, or nothing: what it leaves, the others take over.
      failed.abort()
    }
  })
  const first = (await Promise.allSettled(runs)).find(({ status }) => status === 'rejected')
  if (first?.status === 'rejected') throw first.reason
}
