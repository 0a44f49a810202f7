// One process of the group that is tortured.
import { createMessageStore, type Message } from '@mdb/core'
import {
  constantPolling,
  subscribe,
  tableCheckpoints,
  type TransactionContext,
} from '@mdb/subscriptions'
import { connectTo, type TortureDatabase } from './database.ts'

const [connectionString = '', name = '', size = '4', lease = '2000', per = 'page', skew = '0'] =
  process.argv.slice(2)

// The clocks of processes are apart, by up to a minute.
const now = Date.now.bind(Date)
Date.now = () => now() + Number(skew)

const store = createMessageStore(connectTo(connectionString, 12))
const subscription = subscribe(store, {
  id: 'torture',
  source: { category: 'flight', consumerGroup: { size: Number(size), lease: Number(lease) } },
  batchSize: 20,
  transactional: per as 'message' | 'page',
  polling: constantPolling({ interval: 20 }),
  reconnect: { min: 5, max: 200 },
  checkpoints: tableCheckpoints(store.db, { idleTimeout: Number(lease) }),
  async handler(
    { streamName, position, globalPosition }: Message,
    { trx }: TransactionContext<TortureDatabase>,
  ) {
    await trx
      .insertInto('effect')
      .values({
        stream_name: streamName,
        position: String(position),
        global_position: String(globalPosition),
        by: name,
      })
      .execute()
  },
  observer: ({ type }) => void process.stdout.write(`${type}\n`),
})
process.on('SIGTERM', () => void subscription.stop())
await subscription.run()
await store.db.destroy()
