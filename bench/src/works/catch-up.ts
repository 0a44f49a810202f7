import { postgreSQLEventStoreConsumer } from '@event-driven-io/emmett-postgresql'
import type { Contender, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import { payloads } from '../setup/payload.ts'
import { openEmmett, toEmmett } from '../setup/peers.ts'
import { openStore, type Toolkit } from '../setup/toolkit.ts'
import { nextId } from './next-id.ts'

const EMMETT_MESSAGES = 2_000

/**
 * The end of a history, so that catching up is a read of it and what comes on top. Far enough that the
 * claim, the last save and the release, which come once, do not weigh more than they do in practice.
 */
async function historyOf(bench: Bench): Promise<{ url: string; from: bigint }> {
  const { url, last } = await bench.history()
  const count = Math.min(5 * bench.scale.read, bench.scale.history)
  return { url, from: last - BigInt(count - 1) }
}

async function openSubscription(
  bench: Bench,
  toolkit: Toolkit,
  interval?: number,
): Promise<Contender> {
  const { url, from } = await historyOf(bench)
  const { subscriptions, subscriptionsMigration } = toolkit
  const { store, db, close } = openStore(toolkit, { connectionString: url, max: 2 })
  await subscriptionsMigration.installCheckpoints(db)
  const run = async (): Promise<number> => {
    let handled = 0
    const subscription = subscriptions.subscribe(store, {
      id: nextId(),
      source: { category: 'flight', position: from },
      checkpoints: subscriptions.tableCheckpoints(db),
      checkpointInterval: { messages: interval },
      handler: () => {
        handled += 1
      },
    })
    await subscription.run({ until: 'caught up' })
    return handled
  }
  return { run, close }
}

export const catchUp: Work = {
  name: 'catch-up',
  title: 'subscription catching up, empty handler',
  unit: 'messages/s',
  ours: async (bench, toolkit) => openSubscription(bench, toolkit),
  others: {
    'ours, the read alone': {
      role: 'ours',
      async open(bench) {
        const { url, from } = await historyOf(bench)
        const { store, close } = openStore(bench.toolkit, { connectionString: url })
        const run = async (): Promise<number> => {
          let count = 0
          for await (const page of store.readCategory('flight', { position: from }).pages()) {
            count += page.length
          }
          return count
        }
        return { run, close }
      },
    },
    'ours, its place saved each 10,000': {
      role: 'ours',
      open: async (bench) => openSubscription(bench, bench.toolkit, 10_000),
    },
    'Emmett, all in one batch': {
      role: 'peer',
      async open(bench) {
        const { store, url } = await openEmmett(bench)
        for (let from = 0; from < EMMETT_MESSAGES; from += 500) {
          await store.appendToStream(`flight-${from}`, payloads(500).map(toEmmett))
        }
        const run = async (): Promise<number> => {
          let handled = 0
          const consumer = postgreSQLEventStoreConsumer({
            connectionString: url,
            stopWhen: { noMessagesLeft: true },
            // It waits after each batch: one batch is its best.
            pulling: { batchSize: EMMETT_MESSAGES, pullingFrequencyInMs: 1 },
          })
          const done = Promise.withResolvers<void>()
          consumer.reactor({
            processorId: nextId(),
            eachMessage: () => {
              handled += 1
              if (handled === EMMETT_MESSAGES) done.resolve()
            },
          })
          const ended = consumer.start()
          await done.promise
          closing = ended.then(async () => consumer.close())
          return handled
        }
        let closing: Promise<void> | undefined
        return { arrange: async () => closing, run, close: async () => store.close() }
      },
    },
  },
  goals: [
    { against: 'ours, the read alone', atLeast: 0.85 },
    { against: 'Emmett, all in one batch', atLeast: 25 },
  ],
}
