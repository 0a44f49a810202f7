import { type QueryExecutorProvider, sql } from 'kysely'
import type { Notifier } from '../wake-ups/wake-ups.ts'
import { DEFAULT_CHANNEL, EVERYTHING } from './channel.ts'

/** What `pgNotifier` takes. */
export interface PgNotifierOptions {
  /** The channel. Default is `mdb`. */
  readonly channel?: string | undefined
  /** Told when a hint could not be sent. It is lost, which costs latency alone. Default is nobody. */
  readonly onError?: ((error: unknown) => void) | undefined
}

// PostgreSQL takes less than 8,000 bytes.
const LONGEST = 7_000

/**
 * Sends hints by NOTIFY, in a statement of its own: inside the writing transaction, NOTIFY takes a
 * lock that all writers wait for. One statement is under way at a time; what is written meanwhile is
 * gathered, and said in the next, once per category.
 *
 * @example
 * ```ts
 * import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
 * import { notifyingStore } from '@mdb/subscriptions'
 * import { pgNotifier } from '@mdb/subscriptions/pg'
 * import { startEmbeddedPostgres } from '@mdb/testing/embedded'
 *
 * await using server = await startEmbeddedPostgres()
 * const { db } = await server.createDatabase()
 * const notifier = pgNotifier(db)
 * const store = notifyingStore(createMessageStore<MessageStoreDatabase>(db), notifier)
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * await notifier.idle()
 * ```
 *
 * @param db a Kysely on the database; not a transaction.
 * @returns a notifier; `idle` resolves when everything that was said is sent or lost.
 */
export function pgNotifier(
  db: QueryExecutorProvider,
  options: PgNotifierOptions = {},
): Notifier & { idle(): Promise<void> } {
  const { channel = DEFAULT_CHANNEL, onError } = options
  const plain: QueryExecutorProvider = { getExecutor: () => db.getExecutor().withoutPlugins() }
  let waiting = new Set<string>()
  let sending: Promise<void> | undefined

  async function send(): Promise<void> {
    // What is said in one turn of the event loop is said at once.
    await Promise.resolve()
    while (waiting.size > 0) {
      const categories = [...waiting]
      waiting = new Set()
      try {
        await sql`select pg_notify(${channel}, category)
          from jsonb_array_elements_text(${JSON.stringify(categories)}::jsonb) as category
        `.execute(plain)
      } catch (error) {
        report(error)
      }
    }
    sending = undefined
  }

  function report(error: unknown): void {
    try {
      onError?.(error)
    } catch {
      // Who is told of an error cannot make it worse.
    }
  }

  return {
    notify(category) {
      waiting.add(Buffer.byteLength(category) > LONGEST ? EVERYTHING : category)
      sending ??= send()
    },
    async idle() {
      await sending
    },
  }
}
