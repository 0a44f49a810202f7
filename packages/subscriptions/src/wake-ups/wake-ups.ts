import { category } from '@mdb/core'
import type { HeadOf, HeadReader } from '../heads/head-reader.ts'

/** What a subscription reads, and so what it would be woken for. */
export interface WakeUpTopic {
  readonly stream?: string | undefined
  readonly category?: string | undefined
  readonly categories?: readonly string[] | undefined
  /** Set when it reads all messages. */
  readonly all?: true | undefined
}

/**
 * Tells subscriptions that there may be something new, so that they need not sleep on.
 *
 * A wake-up is a hint and never more. One that is lost, late, doubled or about nothing changes the
 * latency and the number of polls; what is read, and in which order, polling alone decides. So an
 * adapter never throws, never rejects and never waits: `listen` calls `wake` when it can, until the
 * function that it returned is called, and `wake` returns at once.
 */
export interface WakeUps {
  listen(topic: WakeUpTopic, wake: () => void): () => void
  /**
   * An adapter that polls heads for all its subscriptions hands them out here, and the subscriptions
   * ask it instead of the database. Bound to one store.
   */
  readonly heads?: HeadReader | undefined
}

/** Takes the news that something was written. After the commit, not in the transaction. */
export interface Notifier {
  /** Says that something was written into a category. Returns at once, and never throws. */
  notify(category: string): void
}

/** Whether a message in a category may be one that is read. */
export function concerns(topic: WakeUpTopic, written: string): boolean {
  if (topic.all === true) return true
  if (topic.categories !== undefined) return topic.categories.includes(written)
  return (topic.category ?? category(topic.stream ?? '')) === written
}

/** The heads that move when there is something new. */
export function headsOf({ stream, category: name, categories, all }: WakeUpTopic): HeadOf[] {
  if (all === true) return [{ all }]
  if (categories !== undefined) return categories.map((each) => ({ category: each }))
  return name === undefined ? [{ stream: stream ?? '' }] : [{ category: name }]
}
