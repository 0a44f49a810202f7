import type { Message, MessageStore } from '@mdb/core'
import {
  readLag,
  resumeSubscription,
  subscribe,
  waitUntilProcessed,
  type CategorySourceOptions,
  type TransactionalPageOptions,
} from '@mdb/subscriptions'
import type { Database } from './database.ts'
import type { Task } from './progress.ts'

/**
 * Runs a consumer until it has handled all there is, then stops it; an application would let it run
 * on. Says how many messages it handled.
 */
export async function runUntilProcessed<M extends Message>(
  store: MessageStore<Database>,
  place: { readonly id: string; readonly source: CategorySourceOptions },
  options: TransactionalPageOptions<M, Database>,
  { signal, progress }: Task,
): Promise<number> {
  // On the page one may have paused it, and nobody would resume it here.
  await resumeSubscription(store.db, place)
  const lags = await readLag(store, { ...place, limit: 1_000_000 })
  const total = lags.reduce((sum, { messages }) => sum + messages, 0)
  const [head] = lags.map((lag) => lag.head)
  if (total === 0 || head === undefined) return 0

  let handled = 0
  const counted: TransactionalPageOptions<M, Database> = {
    ...options,
    eachPage: async (messages, context) => {
      await options.eachPage(messages, context)
      handled += messages.length
      await progress(Math.min(handled, total), total)
    },
  }
  const subscription = subscribe(store, counted)
  const ended = new AbortController()
  const run = subscription.run({ signal }).finally(() => ended.abort())
  const processed = waitUntilProcessed(store, {
    ...place,
    processed: head,
    timeout: 2 ** 31 - 1,
    signal: AbortSignal.any([signal, ended.signal]),
  }).then(
    () => subscription.stop(),
    (error: unknown) => {
      // Stopped from outside, or failed: the run tells.
      if (!signal.aborted && !ended.signal.aborted) throw error
    },
  )
  await Promise.all([run, processed])
  return handled
}
