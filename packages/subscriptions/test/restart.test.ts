import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createMessageStore } from '@mdb/core'
import {
  constantPolling,
  streamCheckpoints,
  subscribe,
  tableCheckpoints,
  type CheckpointStore,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { sql } from 'kysely'
import { recordEvents } from './support/events.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

describe('the database goes away in mid-stream', () => {
  let server: EmbeddedServer
  beforeAll(async () => {
    server = await startEmbeddedPostgres()
  })
  afterAll(() => server.stop())

  for (const [mode, kind] of [
    ['fast', 'table'],
    ['fast', 'stream'],
    ['immediate', 'table'],
    ['immediate', 'stream'],
  ] as const) {
    test(`a restart (${mode}): every message is handled once, and it says so (${kind})`, async () => {
      await using database = await server.createDatabase()
      await installCheckpoints(database.db)
      await writeNumbers(database.store, 'airport-SEA', 1, 100)
      const probe = database.connect()
      const store = createMessageStore(database.connect())
      const checkpoints: CheckpointStore =
        kind === 'table' ? tableCheckpoints(store.db) : streamCheckpoints(store)
      const events = recordEvents()
      const seen: number[] = []
      let restarted: Promise<void> | undefined

      const subscription = subscribe(store, {
        id: 'delays',
        source: { category: 'airport' },
        batchSize: 10,
        polling: constantPolling({ interval: 5 }),
        reconnect: { min: 1, max: 20 },
        checkpoints,
        checkpointInterval: { messages: 10 },
        ...events,
        async handler({ data }: Counted) {
          seen.push(data.n)
          if (data.n === 49) {
            restarted = server.restart({ mode })
            await untilItFails(() => sql`select 1`.execute(probe))
          }
          if (data.n === 105) void subscription.stop()
        },
      })
      const run = subscription.run()
      // The page ahead may be under way too, and be read again.
      let reconnecting = await events.next('reconnecting')
      while (reconnecting.operation === 'read') reconnecting = await events.next('reconnecting')
      expect(seen.at(-1)).toBe(50)
      expect(reconnecting).toMatchObject({ operation: 'save checkpoint', attempt: 1 })
      await events.next('reconnected')
      await restarted
      await writeNumbers(createMessageStore(database.connect()), 'airport-SEA', 101, 105)
      const end = await run
      expect(seen).toEqual(Array.from({ length: 105 }, (_, index) => index + 1))
      expect(end.reason).toBe('stopped')
      expect(await checkpoints.load({ subscriptionId: 'delays', source: 'airport' })).toBe(
        end.position,
      )
    })
  }

  test('every connection is cut while it reads, again and again', async () => {
    await using database = await server.createDatabase()
    await writeNumbers(database.store, 'airport-SEA', 1, 60)
    const probe = database.connect()
    const store = createMessageStore(database.connect())
    const events = recordEvents()
    const seen: number[] = []
    const subscription = subscribe(store, {
      id: 'delays',
      source: { category: 'airport' },
      batchSize: 5,
      reconnect: { min: 1, max: 20 },
      ...events,
      async handler({ data }: Counted) {
        seen.push(data.n)
        if (data.n % 20 === 0) {
          await sql`
            select pg_terminate_backend(pid) from pg_stat_activity
            where datname = current_database() and pid <> pg_backend_pid()
          `.execute(probe)
        }
        if (data.n === 60) void subscription.stop()
      },
    })
    await subscription.run()
    expect(seen).toEqual(Array.from({ length: 60 }, (_, index) => index + 1))
  })

  test('it can begin while the database is away', async () => {
    await using database = await server.createDatabase()
    await writeNumbers(database.store, 'airport-SEA', 1, 3)
    const probe = database.connect()
    const events = recordEvents()
    const restarted = server.restart()
    await untilItFails(() => sql`select 1`.execute(probe))
    const seen: number[] = []
    const subscription = subscribe(createMessageStore(database.connect()), {
      id: 'delays',
      source: { category: 'airport' },
      reconnect: { min: 1, max: 20 },
      ...events,
      handler: ({ data }: Counted) => void seen.push(data.n),
    })
    const run = subscription.run()
    await events.next('live')
    await subscription.stop()
    await run
    await restarted
    expect(seen).toEqual([1, 2, 3])
    expect(events.types()).toContain('reconnected')
  })
})

async function untilItFails(run: () => Promise<unknown>): Promise<void> {
  try {
    for (;;) await run()
  } catch {
    // it is away
  }
}
