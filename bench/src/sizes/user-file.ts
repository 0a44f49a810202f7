// What a user writes: its types are what an editor has to work out.
import { createMessageStore, defineCategory, type MessageStoreDatabase } from '@mdb/core'
import { subscribe, tableCheckpoints, type SubscriptionsDatabase } from '@mdb/subscriptions'
import type { Kysely } from 'kysely'
import { z } from 'zod'

interface Database extends MessageStoreDatabase, SubscriptionsDatabase {
  delay: { airport: string; minutes: number }
}

const flight = defineCategory('flight', {
  Departed: z.object({ delay: z.number(), to: z.string() }),
  Arrived: z.object({ delay: z.number() }),
})

export async function main(db: Kysely<Database>): Promise<void> {
  const store = createMessageStore(db)
  const flights = flight.on(store)
  await flights.writeMessage('1', { type: 'Departed', data: { delay: 12, to: 'JFK' } })
  for await (const message of flights.readStream('1')) {
    if (message.type === 'Departed') console.log(message.data.to)
  }
  await subscribe(store, {
    id: 'delays',
    source: { category: 'flight' },
    checkpoints: tableCheckpoints(db),
    transactional: 'page',
    handler: async ({ streamName }, { trx }) => {
      await trx.insertInto('delay').values({ airport: streamName, minutes: 12 }).execute()
    },
  }).run()
}
