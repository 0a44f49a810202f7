import { expect } from 'vitest'
import { createMessageStore, type Message } from '@mdb/core'
import { constantPolling, subscribe, type Subscription } from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { readHeads } from '../src/heads/store-heads.ts'
import { slowWriters } from './support/slow-writers.ts'

const test = messageStoreTest({ backend: 'embedded' })
const WRITERS = 12
const TRANSACTIONS = 40
const SIZE = 4
const streams = (writer: number, transaction: number): string[] =>
  Array.from({ length: 1 + (transaction % 9) }, (_, n) => `airport-${(writer + n * 5) % 40}`)

test(
  'moving to the head loses nothing while others commit slowly and roll back',
  {
    timeout: 120_000,
  },
  async ({ database }) => {
    const seen = Array.from({ length: SIZE }, (): string[] => [])
    const orders = Array.from({ length: SIZE }, (): bigint[] => [])
    const members: Subscription[] = seen.map((ids, member) =>
      subscribe(createMessageStore(database.connect({ max: 1 })), {
        id: 'delays',
        source: { category: 'airport', consumerGroup: { member, size: SIZE } },
        // small pages and hardly a pause: the head is read as often as can be, pages end full or not
        batchSize: 3 + member * 20,
        polling: constantPolling({ interval: 1 }),
        handler: ({ id, globalPosition }: Message) => {
          ids.push(id)
          orders[member]?.push(globalPosition)
        },
      }),
    )
    const runs = members.map((member) => member.run())

    // The same with the two reads the other way round: that this loses shows that the test can.
    const careless = new Set<string>()
    const writing = new AbortController()
    const carelessReader = (async () => {
      const store = createMessageStore(database.connect({ max: 1 }))
      for (let position = 1n; !writing.signal.aborted;) {
        const page = await store.getCategoryMessages('airport', { position, batchSize: 1000 })
        for (const { id } of page) careless.add(id)
        const [head = 0n] = await readHeads(store, [{ category: 'airport' }])
        if (head >= position) position = head + 1n
      }
    })()

    const committed = await slowWriters(database, {
      writers: WRITERS,
      transactions: TRANSACTIONS,
      streams,
    })
    writing.abort()
    await carelessReader
    // A last message that everybody waits to be past.
    const [head = 0n] = await readHeads(database.store, [{ category: 'airport' }])
    await Promise.all(
      members.map(async (member) => {
        while ((member.position ?? 0n) < head) await new Promise((resolve) => setImmediate(resolve))
        await member.stop()
      }),
    )
    await Promise.all(runs)

    expect(committed.size).toBeGreaterThan(1_500)
    const all = seen.flat()
    expect([...committed].filter((id) => !all.includes(id))).toEqual([])
    expect(all).toHaveLength(committed.size)
    for (const order of orders) {
      expect(order).toEqual(order.toSorted((a, b) => (a < b ? -1 : 1)))
      expect(order.length).toBeGreaterThan(0)
    }
    expect(careless.size).toBeLessThan(committed.size)
  },
)
