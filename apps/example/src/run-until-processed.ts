import type { Message, MessageStore } from '@mdb/core'
import { subscribe, type CategorySourceOptions, type AtLeastOnceOptions } from '@mdb/subscriptions'
import type { Database } from './database.ts'
import type { Task } from './progress.ts'

/** A subscription to a category. */
export interface Consumer<M extends Message> extends AtLeastOnceOptions<M> {
  readonly source: CategorySourceOptions
}

/**
 * Runs a subscription until it has handled all there is, then stops it; an application would let it
 * run on. Says how many messages it handled.
 */
export async function runUntilLive<M extends Message>(
  store: MessageStore<Database>,
  consumer: Consumer<M>,
  { signal, progress }: Task,
): Promise<number> {
  const { before, last } = await extentOf(store, consumer.source.category)
  let handled = 0
  const subscription = subscribe(store, {
    ...consumer,
    handler: async (message: M, context) => {
      await consumer.handler(message, context)
      handled += 1
      await progress(Number(message.globalPosition) - before, last - before)
    },
    observer: (event) => {
      if (event.type === 'live') void subscription.stop()
    },
  })
  await subscription.run({ signal })
  return handled
}

/** The global positions just before a category's first message and at its last. */
async function extentOf({ db }: MessageStore<Database>, category: string) {
  const { first, last } = await db
    .selectFrom('message_store.messages')
    .select(({ fn }) => [
      fn.min('global_position').as('first'),
      fn.max('global_position').as('last'),
    ])
    .where('stream_name', 'like', `${category}-%`)
    .executeTakeFirstOrThrow()
  return { before: Number(first) - 1, last: Number(last) }
}
