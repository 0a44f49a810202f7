// A process of an elastic group, to be killed or stopped. It writes a line for each event.
import { createMessageStore } from '@mdb/core'
import { subscribe, tableCheckpoints } from '@mdb/subscriptions'
import { connectTo, type EffectDatabase } from './effects.ts'
import type { Counted } from './numbers.ts'

const [connectionString = '', by = '', size = '4', lease = '1500'] = process.argv.slice(2)
const store = createMessageStore(connectTo(connectionString))

const subscription = subscribe<Counted, EffectDatabase>(store, {
  id: 'delays',
  source: {
    category: 'airport',
    consumerGroup: { size: Number(size), lease: Number(lease), heartbeat: 50 },
  },
  transactional: 'page',
  batchSize: 5,
  reconnect: { min: 1, max: 20 },
  // Not longer than the lease, or it would hold up whoever takes over.
  checkpoints: tableCheckpoints(store.db, { idleTimeout: Number(lease) }),
  async handler({ data }, { trx }) {
    await trx.insertInto('effect').values({ n: data.n, by }).execute()
    console.log('handled')
  },
  observer(event) {
    if ('member' in event) console.log(`${event.type} ${event.member}`)
    else if (event.type === 'ended') console.log(`ended ${event.reason}`)
  },
})
process.on('SIGTERM', () => void subscription.stop())
await subscription.run()
await store.db.destroy()
