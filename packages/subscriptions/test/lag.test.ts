import {
  CheckpointsNotInstalledError,
  constantPolling,
  InvalidOptionError,
  readLag,
  type SourceOptions,
  subscribe,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql } from 'kysely'
import { describe, expect } from 'vitest'
import { recordEvents } from './support/events.ts'
import { untilLive, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest({ backend: 'embedded' })
const id = 'delays'

describe('lag', () => {
  test('before the first run everything is to be handled, and nothing after it', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 3)
    await writeNumbers(store, 'flight-1', 4, 5)
    const sources: ReadonlyArray<readonly [SourceOptions, number, bigint, bigint]> = [
      [{ stream: 'airport-SEA' }, 3, 2n, 2n],
      [{ category: 'airport' }, 3, 3n, 3n],
      [{ categories: ['airport', 'flight'] }, 5, 5n, 5n],
      [{ all: true }, 5, 5n, 5n],
      [{ category: 'airport', position: 3n }, 1, 3n, 3n],
    ]
    for (const [source, messages, head, position] of sources) {
      const before = await readLag(store, { id, source })
      expect(before).toMatchObject([{ position: undefined, head, messages, isCapped: false }])
      expect(before[0]?.seconds).toBeGreaterThan(0)
      await untilLive(store, { id, source, checkpoints: tableCheckpoints(db), handler: () => {} })
      expect(await readLag(store, { id, source })).toEqual([
        {
          consumerGroup: undefined,
          position,
          head,
          messages: 0,
          isCapped: false,
          isPaused: false,
          seconds: 0,
        },
      ])
      await sql`delete from mdb.checkpoint`.execute(db)
    }
    expect(await readLag(store, { id, source: { category: 'nothing' } })).toMatchObject([
      { head: undefined, messages: 0, seconds: 0 },
    ])
  })

  test('a source that begins now has nothing before it', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 3)
    const source = { category: 'airport', tail: true } as const
    expect(await readLag(store, { id, source })).toMatchObject([{ messages: 0 }])
  })

  test('a checkpoint behind the head, with nothing between that matches, is no lag', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    const checkpoints = tableCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 2, { correlationStreamName: 'trip-1' })
    await writeNumbers(store, 'airport-SEA', 3, 9)
    await writeNumbers(store, 'flight-1', 10, 12)
    for (const source of [
      { category: 'airport', correlation: 'trip' },
      { category: 'airport', condition: sql<boolean>`message.data->>'n' <= '2'` },
      { categories: ['airport', 'flight'], correlation: 'trip' },
    ] satisfies SourceOptions[]) {
      await sql`delete from mdb.checkpoint`.execute(db)
      const name = 'category' in source ? source.category : source.categories.join(',')
      await checkpoints.save({ subscriptionId: id, source: name }, 1n)
      expect(await readLag(store, { id, source })).toMatchObject([{ position: 1n, messages: 1 }])
      await checkpoints.save({ subscriptionId: id, source: name }, 2n)
      const [lag] = await readLag(store, { id, source })
      expect(lag).toMatchObject({ position: 2n, messages: 0, seconds: 0 })
      expect(lag?.head).toBeGreaterThan(8n)
    }
  })

  test('in seconds it is the age of the oldest message, by the clock of the server', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 3)
    await sql`update message_store.messages
      set time = now() at time zone 'utc' - (4 - global_position) * interval '1 hour'`.execute(db)
    const checkpoints = tableCheckpoints(db)
    await checkpoints.save({ subscriptionId: id, source: 'airport' }, 1n)
    const [lag] = await readLag(store, { id, source: { category: 'airport' } })
    expect(Math.floor((lag?.seconds ?? 0) / 3600)).toBe(2)
  })

  test('is counted up to a limit', async ({ db, store }) => {
    await installCheckpoints(db)
    await writeNumbers(store, 'airport-SEA', 1, 4)
    const source = { category: 'airport' }
    expect(await readLag(store, { id, source, limit: 3 })).toMatchObject([
      { messages: 3, isCapped: true },
    ])
    expect(await readLag(store, { id, source, limit: 4 })).toMatchObject([
      { messages: 4, isCapped: false },
    ])
  })

  test('each member of a static group has as much as it will handle', async ({ db, store }) => {
    await installCheckpoints(db)
    for (let n = 0; n < 20; n += 1) await writeNumbers(store, `airport-${n}`, n, n)
    // belongs to no member
    await writeNumbers(store, 'airport', 100, 100)
    const lags = await readLag(store, {
      id,
      source: { category: 'airport', consumerGroup: { size: 3 } },
    })
    expect(lags.map(({ consumerGroup }) => consumerGroup)).toEqual(
      [0, 1, 2].map((member) => ({ member, size: 3 })),
    )
    for (const { consumerGroup, messages } of lags) {
      const source = { category: 'airport', consumerGroup: consumerGroup! }
      expect(await readLag(store, { id, source })).toMatchObject([{ consumerGroup, messages }])
      const options = { id, source, checkpoints: tableCheckpoints(db), handler: () => {} }
      expect((await untilLive(store, options)).numbers).toHaveLength(messages)
      expect(await readLag(store, { id, source })).toMatchObject([{ messages: 0 }])
    }
    expect(lags.reduce((sum, { messages }) => sum + messages, 0)).toBe(20)
  })

  test('an elastic group is counted by the size that it has', async ({ db, store }) => {
    await installCheckpoints(db)
    for (let n = 0; n < 20; n += 1) await writeNumbers(store, `airport-${n}`, n, n)
    const source = { category: 'airport', consumerGroup: { size: 4 } }
    const events = recordEvents()
    const handled: number[] = []
    const caughtUp = Promise.withResolvers<void>()
    const subscription = subscribe(store, {
      id,
      source,
      transactional: 'page',
      polling: constantPolling({ interval: 5 }),
      checkpoints: tableCheckpoints(db),
      ...events,
      handler() {
        if (handled.push(1) === 20) caughtUp.resolve()
      },
    })
    const run = subscription.run()
    await caughtUp.promise
    await subscription.stop()
    await run
    await writeNumbers(store, 'airport-0', 21, 22)
    const lags = await readLag(store, {
      id,
      source: { category: 'airport', consumerGroup: { size: 7 } },
    })
    expect(lags).toHaveLength(4)
    expect(lags.map(({ messages }) => messages).toSorted((a, b) => a - b)).toEqual([0, 0, 0, 2])
  })

  test('refuses what it cannot work with', async ({ db, store }) => {
    const source = { category: 'airport' }
    await expect(readLag(store, { id, source })).rejects.toThrow(CheckpointsNotInstalledError)
    await installCheckpoints(db)
    for (const wrong of [
      { limit: 0 },
      { limit: 1.5 },
      { id: 'a+b' },
      { source: { category: 'airport-SEA' } },
    ]) {
      await expect(readLag(store, { id, source, ...wrong })).rejects.toThrow(InvalidOptionError)
    }
  })
})
