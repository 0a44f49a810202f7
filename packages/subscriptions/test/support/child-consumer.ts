// A consumer in a process of its own, to be killed or stopped. It writes a line for each thing that
// happens, and waits where it is told to.
import { createMessageStore } from '@mdb/core'
import { subscribe, tableCheckpoints, type TransactionContext } from '@mdb/subscriptions'
import { sql } from 'kysely'
import { connectTo, type EffectDatabase } from './effects.ts'
import type { Counted } from './numbers.ts'

const [connectionString = '', by = '', transactional = '', waitAt = '', idleTimeout = '60000'] =
  process.argv.slice(2)
const store = createMessageStore(connectTo(connectionString))

const subscription = subscribe(store, {
  id: 'delays',
  source: { category: 'airport' },
  transactional: transactional as 'message' | 'page',
  batchSize: 5,
  reconnect: { min: 1, max: 20 },
  checkpoints: tableCheckpoints(store.db, { idleTimeout: Number(idleTimeout) }),
  async handler({ data }: Counted, { trx }: TransactionContext<EffectDatabase>) {
    await trx.insertInto('effect').values({ n: data.n, by }).execute()
    console.log(`wrote ${data.n}`)
    // only a signal, or the server, ends it
    while (String(data.n) === waitAt) await sql`select 1`.execute(trx)
  },
  observer(event) {
    console.log(event.type === 'ended' ? `ended ${event.reason}` : event.type)
  },
})
await subscription.run().catch((error: unknown) => console.log(String(error)))
await store.db.destroy()
process.exit(0)
