import { expect } from 'vitest'
import { category, createMessageStore, type Message } from '@mdb/core'
import {
  constantPolling,
  subscribe,
  type SourceOptions,
  type Subscription,
} from '@mdb/subscriptions'
import type { TestDatabase } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql } from 'kysely'
import { pageQuery } from '../src/sources/page-query.ts'
import { slowWriters } from './support/slow-writers.ts'

const test = messageStoreTest({ backend: 'embedded' })
const WRITERS = 16
const TRANSACTIONS = 60
const KNOWN = ['account', 'account:command', 'flight']

// In one order, so that no two deadlock. New categories appear all the time.
function streams(writer: number, transaction: number): string[] {
  const names = Array.from({ length: 1 + (transaction % 4) }, (_, n) => {
    const turn = (writer * 3 + transaction + n * 2) % 12
    const name = KNOWN[turn] ?? (turn < 9 ? `busy${turn}` : `new${transaction}`)
    return n % 3 === 2 ? name : `${name}-${writer % 5}`
  })
  return names.toSorted()
}

interface Reading {
  readonly subscription: Subscription
  readonly messages: Message[]
  readonly run: Promise<unknown>
}

function reader(database: TestDatabase, source: SourceOptions, batchSize: number): Reading {
  const messages: Message[] = []
  const subscription = subscribe(createMessageStore(database.connect({ max: 1 })), {
    id: 'reader',
    source,
    batchSize,
    polling: constantPolling({ interval: 2 }),
    handler: (message) => void messages.push(message),
  })
  return { subscription, messages, run: subscription.run() }
}

test(
  '16 writers, slow commits, rollbacks: in global order, and nothing is missed',
  {
    timeout: 180_000,
  },
  async ({ database }) => {
    // The application's own locks, held all the time, and a prepared statement's worth of a session.
    const application = database.connect({ max: 1 })
    await sql`select pg_advisory_lock(42), pg_advisory_lock(1, 2)`.execute(application)

    const all = reader(database, { all: true }, 50)
    const several = reader(database, { categories: KNOWN }, 7)
    const members = [0, 1].map((member) =>
      reader(database, { all: true, consumerGroup: { member, size: 2 } }, 50),
    )

    const naive = new Set<string>()
    const writing = new AbortController()
    const naiveReader = (async () => {
      const store = createMessageStore(database.connect({ max: 1 }))
      const page = { schema: store.schema, categories: undefined, filter: {}, limit: 1_000 }
      for (let from = 1n; !writing.signal.aborted;) {
        const messages = await store.getMessages(pageQuery({ ...page, from, through: 2n ** 62n }))
        for (const message of messages) {
          naive.add(message.id)
          from = message.globalPosition + 1n
        }
      }
    })()

    const committed = await slowWriters(database, {
      writers: WRITERS,
      transactions: TRANSACTIONS,
      streams,
    })
    writing.abort()
    await naiveReader
    const end = await database.store.writeMessage('flight-end', { type: 'End', data: {} })
    const readers = [all, several, ...members]
    await Promise.all(
      readers.map(async ({ subscription, messages, run }) => {
        const last = (): bigint => messages.at(-1)?.globalPosition ?? 0n
        const { rows } = await sql<{ head: string }>`
        select max(global_position)::text as head from message_store.messages
      `.execute(database.db)
        const head = BigInt(rows[0]?.head ?? 0)
        while (last() < head && (subscription.position ?? 0n) < head) {
          await new Promise((resolve) => setImmediate(resolve))
        }
        await subscription.stop()
        await run
      }),
    )
    committed.add(end.id)

    const ids = (messages: readonly Message[]): string[] => messages.map(({ id }) => id)
    for (const { messages } of readers) {
      const order = messages.map(({ globalPosition }) => globalPosition)
      expect(order.every((position, at) => at === 0 || position > (order[at - 1] ?? 0n))).toBe(true)
    }
    expect(committed.size).toBeGreaterThan(1_500)
    const seen = new Set(ids(all.messages))
    expect([...committed].filter((id) => !seen.has(id))).toEqual([])
    expect(all.messages).toHaveLength(committed.size)

    const ofKnown = all.messages.filter(({ streamName }) => KNOWN.includes(category(streamName)))
    expect(ofKnown.length).toBeGreaterThan(300)
    expect(ids(several.messages)).toEqual(ids(ofKnown))

    const withId = all.messages.filter(({ streamName }) => streamName.includes('-'))
    const byMembers = members.flatMap(({ messages }) => ids(messages))
    expect(byMembers.toSorted()).toEqual(ids(withId).toSorted())

    const missed = [...committed].filter((id) => !naive.has(id) && id !== end.id)
    console.log(`a naive reader missed ${missed.length} of ${committed.size}, ours 0`)
    expect(missed.length).toBeGreaterThan(0)
  },
)
