// A subscription in a process of its own, to be paused, moved and killed from outside. It writes a line
// for each event, and for each message that its handler begins; and stands before the number it is told.
import { createMessageStore } from '@mdb/core'
import {
  subscribe,
  tableCheckpoints,
  type SubscriptionEvent,
  type TransactionContext,
} from '@mdb/subscriptions'
import { sql } from 'kysely'
import { connectTo, type EffectDatabase } from './effects.ts'
import type { Counted } from './numbers.ts'

const [connectionString = '', by = '', mode = '', size = '', holdAt = ''] = process.argv.slice(2)
const store = createMessageStore(connectTo(connectionString))
const group = { size: Number(size), lease: 1_500, heartbeat: 50 }
const common = {
  id: 'delays',
  source: { category: 'airport', ...(size !== '' && { consumerGroup: group }) },
  batchSize: 5,
  controlInterval: 20,
  reconnect: { min: 1, max: 20 },
  checkpoints: tableCheckpoints(store.db, { idleTimeout: 1_500 }),
  observer(event: SubscriptionEvent) {
    if ('member' in event) console.log(`${event.type} ${event.member}`)
    else console.log(event.type === 'ended' ? `ended ${event.reason}` : event.type)
  },
}

/** Holds the handler until the lock that the test has is free. */
async function hold({ data }: Counted): Promise<void> {
  console.log(`began ${data.n}`)
  if (String(data.n) === holdAt) await sql`select pg_advisory_lock_shared(4711)`.execute(store.db)
}

const subscription =
  mode === 'at least once'
    ? subscribe<Counted>(store, {
        ...common,
        checkpointInterval: { messages: 3 },
        async handler(message) {
          await hold(message)
          await store.db.insertInto('effect').values({ n: message.data.n, by }).execute()
        },
      })
    : subscribe<Counted, EffectDatabase>(store, {
        ...common,
        transactional: mode as 'message' | 'page',
        async handler(message: Counted, { trx }: TransactionContext<EffectDatabase>) {
          await hold(message)
          await trx.insertInto('effect').values({ n: message.data.n, by }).execute()
        },
      })

process.on('SIGTERM', () => void subscription.stop())
await subscription.run().catch((error: unknown) => console.log(String(error)))
await store.db.destroy()
