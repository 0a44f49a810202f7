// A consumer that stops on signals. It writes a line for each thing that happens, and its handler
// waits in its transaction until the database says that it may go on.
import { createMessageStore } from '@mdb/core'
import { stopOnSignals, subscribe, tableCheckpoints } from '@mdb/subscriptions'
import { sql } from 'kysely'
import { connectTo, type EffectDatabase } from './effects.ts'
import type { Counted } from './numbers.ts'

const [connectionString = '', by = ''] = process.argv.slice(2)
const store = createMessageStore(connectTo(connectionString))

const subscription = subscribe<Counted, EffectDatabase>(store, {
  id: 'delays',
  source: { category: 'airport' },
  transactional: 'message',
  checkpoints: tableCheckpoints(store.db),
  async handler({ data }, { trx, signal }) {
    await trx.insertInto('effect').values({ n: data.n, by }).execute()
    signal.addEventListener('abort', () => console.log('asked to stop'))
    console.log(`wrote ${data.n}`)
    await sql`select pg_advisory_xact_lock_shared(4711)`.execute(trx)
  },
  observer(event) {
    console.log(event.type === 'ended' ? `ended ${event.reason}` : event.type)
  },
})
// Not `using`: this runs as it is, and Node 22 does not know it.
const signals = stopOnSignals([subscription])
await subscription.run().finally(() => signals[Symbol.dispose]())
await store.db.destroy()
