import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMessageStore, type MessageStore, type MessageStoreDatabase } from '@mdb/core'
import {
  constantPolling,
  memoryCheckpoints,
  subscribe,
  type SourceOptions,
} from '@mdb/subscriptions'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import type { TestDatabase } from '@mdb/testing'
import { sql } from 'kysely'
import { pageQuery } from '../src/sources/page-query.ts'
import { writeBacklog } from './support/backlog.ts'
import { recordEvents } from './support/events.ts'
import { manualClock } from './support/manual-clock.ts'
import { type TableReads, tableReads, withoutAutovacuum } from './support/table-reads.ts'

// Cost is what the server says it read, never time.
const POLLS = 10
const SMALL = 500
const LARGE = 30_000

// None of these lets a single message of the backlog through.
const filters = {
  'a member of a group of 1,000': {
    category: 'airport',
    consumerGroup: { member: 0, size: 1_000 },
  },
  'a correlation': { category: 'airport', correlation: 'nowhere' },
  'a condition': { category: 'airport', condition: sql<boolean>`false` },
  'several categories with a correlation': {
    categories: ['airport', 'third'],
    correlation: 'nowhere',
  },
  'all messages with a correlation': { all: true, correlation: 'nowhere' },
  'a condition on a stream': { stream: 'airport-1', condition: sql<boolean>`false` },
} satisfies Record<string, SourceOptions>

let server: EmbeddedServer
beforeAll(async () => {
  server = await startEmbeddedPostgres({
    postgresFlags: ['-c', 'message_store.sql_condition=on', '-c', 'jit=off'],
  })
})
afterAll(() => server.stop())

async function withBacklog(size: number): Promise<TestDatabase> {
  const database = await server.createDatabase()
  // A session hands in what it read up to ten seconds late, but all of it when it ends.
  const writer = database.connect({ max: 1 })
  await withoutAutovacuum(writer)
  await writeBacklog(writer, 'airport', size)
  // A category of others behind it: whoever walks back from the end of the table meets it first.
  await writeBacklog(writer, 'other', size)
  await sql`analyze message_store.messages`.execute(writer)
  const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(writer)
  await writer.destroy()
  await untilEnded(database.db, rows[0]?.pid)
  return database
}

async function untilEnded(db: TestDatabase['db'], pid: number | undefined): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_stat_activity where pid = ${pid}`.execute(db)
    if (rows.length === 0) return
  }
}

/** What one idle poll reads, once the subscription has caught up. */
async function costOfIdlePoll(database: TestDatabase, source: SourceOptions): Promise<TableReads> {
  const worker = database.connect({ max: 1 })
  const clock = manualClock()
  const subscription = subscribe(createMessageStore(worker), {
    id: 'idle',
    source,
    clock,
    polling: constantPolling({ interval: 10 }),
    handler: () => {
      throw new Error('nothing should match')
    },
  })
  const run = subscription.run()
  await clock.untilAsleep()
  const before = await tableReads(worker, database.db)
  for (let poll = 0; poll < POLLS; poll += 1) {
    clock.advance(10)
    await clock.untilAsleep()
  }
  const after = await tableReads(worker, database.db)
  await subscription.stop()
  await run
  return {
    rows: (after.rows - before.rows) / POLLS,
    blocks: (after.blocks - before.blocks) / POLLS,
  }
}

describe('an idle poll costs the same', () => {
  for (const [name, source] of Object.entries(filters)) {
    test(`whatever the backlog, and at most twice one without a filter: ${name}`, async () => {
      await using small = await withBacklog(SMALL)
      await using large = await withBacklog(LARGE)
      const costs = {
        small: await costOfIdlePoll(small, source),
        large: await costOfIdlePoll(large, source),
        unfiltered: await costOfIdlePoll(large, {
          category: 'airport',
          position: BigInt(LARGE + 1),
        }),
      }
      expect(costs.large.rows).toBe(costs.small.rows)
      expect(costs.large.rows).toBeLessThanOrEqual(2)
      const heads = 'categories' in source ? source.categories.length : 1
      // the index of sixty times as many messages is a level deeper
      expect(costs.large.blocks).toBeLessThanOrEqual(costs.small.blocks + heads)
      expect(costs.large.blocks).toBeLessThanOrEqual(2 * costs.unfiltered.blocks * heads)
    })
  }

  test('where a plain read at the place of the last match scans everything', async () => {
    await using large = await withBacklog(LARGE)
    const worker = large.connect({ max: 1 })
    const store = createMessageStore(worker)
    const before = await tableReads(worker, large.db)
    await store.getCategoryMessages('airport', filters['a member of a group of 1,000'])
    const after = await tableReads(worker, large.db)
    expect(after.rows - before.rows).toBeGreaterThanOrEqual(LARGE)
  })

  test('and a page that is full needs no head: one statement a page', async () => {
    await using large = await withBacklog(SMALL)
    const statements: string[] = []
    const store = countingStore(large.store, statements)
    const events = recordEvents()
    const subscription = subscribe(store, {
      id: 'catching-up',
      source: { category: 'airport', correlation: 'elsewhere' },
      batchSize: SMALL / 10,
      handler: () => {},
      ...events,
    })
    const run = subscription.run()
    await events.next('live')
    await subscription.stop()
    await run
    // ten full pages, and the head again to see that there is no more
    expect(statements).toEqual(['head', ...Array.from({ length: 10 }, () => 'page'), 'head'])
  })
})

/** Notes each statement that is sent, and of what kind. */
function countingStore(
  store: MessageStore<MessageStoreDatabase>,
  statements: string[],
): MessageStore<MessageStoreDatabase> {
  return {
    ...store,
    db: Object.create(store.db, {
      getExecutor: {
        value: () => {
          statements.push('head')
          return store.db.getExecutor()
        },
      },
    }) as typeof store.db,
    getCategoryMessages: (...args) => {
      statements.push('page')
      return store.getCategoryMessages(...args)
    },
  }
}

describe('a page of several categories, or of all, reads what it returns', () => {
  for (const [name, categories] of [
    ['several', ['airport', 'other', 'third']],
    ['all', undefined],
  ] as const) {
    test(`and hardly a row more: ${name}`, async () => {
      await using large = await withBacklog(LARGE)
      const worker = large.connect({ max: 1 })
      const store = createMessageStore(worker)
      const query = { schema: store.schema, categories, filter: {}, limit: 100, through: 10n ** 9n }
      for (const from of [1n, BigInt(LARGE - 50), BigInt(2 * LARGE - 99)]) {
        const before = await tableReads(worker, large.db)
        const page = await store.getMessages(pageQuery({ ...query, from }))
        const after = await tableReads(worker, large.db)
        expect(page).toHaveLength(100)
        // At the seam of two categories the planner would rather sort a page of each than merge.
        expect(after.rows - before.rows).toBeLessThanOrEqual(from === 1n ? 120 : 220)
      }
    })
  }
})

describe('the place moves past what does not match', () => {
  test('and is saved at once when it moved far, so that a restart scans nothing again', async () => {
    await using large = await withBacklog(LARGE)
    const checkpoints = memoryCheckpoints()
    const source = filters['a correlation']
    const events = recordEvents()
    const first = subscribe(large.store, {
      id: 'far',
      source,
      checkpoints,
      handler: () => {},
      ...events,
    })
    const run = first.run()
    await events.next('live')
    // as after a crash: nothing of the first run's end counts
    const saved = await checkpoints.load({ subscriptionId: 'far', source: 'airport' })
    await first.stop()
    await run
    expect(saved).toBe(BigInt(LARGE))

    const worker = large.connect({ max: 1 })
    const before = await tableReads(worker, large.db)
    const again = recordEvents()
    const second = subscribe(createMessageStore(worker), {
      id: 'far',
      source,
      checkpoints,
      handler: () => {},
      ...again,
    })
    const secondRun = second.run()
    expect(await again.next('started')).toMatchObject({ position: BigInt(LARGE + 1) })
    await again.next('live')
    await second.stop()
    await secondRun
    const after = await tableReads(worker, large.db)
    expect(after.rows - before.rows).toBe(1)
  })

  test('a short way is saved a minute later, or at the end, and an idle one not again', async () => {
    await using small = await withBacklog(SMALL)
    const inner = memoryCheckpoints()
    const saves: bigint[] = []
    const clock = manualClock()
    const subscription = subscribe(small.store, {
      id: 'near',
      source: filters['a member of a group of 1,000'],
      clock,
      polling: constantPolling({ interval: 60_000 }),
      checkpoints: {
        load: (key) => inner.load(key),
        save(key, position) {
          saves.push(position)
          return inner.save(key, position)
        },
      },
      handler: () => {},
    })
    const run = subscription.run()
    await clock.untilAsleep()
    expect(saves).toEqual([])
    expect(subscription.position).toBe(BigInt(SMALL))
    for (let minute = 0; minute < 5; minute += 1) {
      clock.advance(60_000)
      await clock.untilAsleep()
    }
    expect(saves).toEqual([BigInt(SMALL)])
    await writeBacklog(small.db, 'third', 1)
    await small.store.writeMessage('airport', { type: 'Counted', data: { n: 0 } })
    clock.advance(60_000)
    await clock.untilAsleep()
    expect(saves).toHaveLength(1)
    await subscription.stop()
    await run
    expect(saves).toEqual([BigInt(SMALL), BigInt(2 * SMALL + 2)])
  })
})
