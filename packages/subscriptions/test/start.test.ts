import { describe, expect } from 'vitest'
import {
  constantPolling,
  memoryCheckpoints,
  streamCheckpoints,
  subscribe,
  type SourceOptions,
  type SubscriptionOptions,
  tableCheckpoints,
} from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql, type Kysely } from 'kysely'
import { recordEvents } from './support/events.ts'
import { type Counted, untilLive, writeNumbers } from './support/numbers.ts'

const base = { id: 'delays', handler: () => {} } satisfies Partial<SubscriptionOptions>

const sources = [
  { stream: 'airport-SEA' },
  { category: 'airport' },
  { category: 'airport', consumerGroup: { member: 0, size: 1 } },
  { categories: ['airport', 'flight'] },
  { all: true },
] satisfies SourceOptions[]

/** Sets the times of messages by their numbers. */
async function setTimes<DB>(db: Kysely<DB>, times: Record<number, string>): Promise<void> {
  for (const [n, time] of Object.entries(times)) {
    await sql`
      update message_store.messages set time = ${time}::timestamp
      where (data->>'n')::int = ${Number(n)}
    `.execute(db)
  }
}

const backends = [
  { on: 'PostgreSQL', test: messageStoreTest({ backend: 'embedded' }) },
  { on: 'PGlite', test: messageStoreTest({ backend: 'pglite' }) },
]

describe.each(backends)('a source can begin, on $on', ({ test }) => {
  test('at the beginning, and at a position', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    for (const source of sources) {
      expect((await untilLive(store, { ...base, source })).numbers).toEqual([1, 2, 3, 4, 5])
      const at = { ...source, position: 'stream' in source ? 3n : 4n }
      expect((await untilLive(store, { ...base, source: at })).numbers).toEqual([4, 5])
    }
  })

  test('now, once: a restart goes on from there although nothing was handled', async ({
    store,
  }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    const stores = sources.map(() => memoryCheckpoints())
    for (const [index, source] of sources.entries()) {
      const tail = { ...source, tail: true } as const
      const events = recordEvents()
      const options = { ...base, source: tail, checkpoints: stores[index], ...events }
      expect((await untilLive(store, options)).numbers).toEqual([])
      expect(events.types().slice(0, 2)).toEqual(['checkpointed', 'started'])
    }
    await writeNumbers(store, 'airport-SEA', 6, 7)
    for (const [index, source] of sources.entries()) {
      const tail = { ...source, tail: true } as const
      const options = { ...base, source: tail, checkpoints: stores[index] }
      expect((await untilLive(store, options)).numbers).toEqual([6, 7])
      // without checkpoints, now is now again
      expect((await untilLive(store, { ...base, source: tail })).numbers).toEqual([])
    }
  })

  test('now, saved before it reads: also when the process dies at once', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    for (const [index, source] of sources.entries()) {
      const inner = memoryCheckpoints()
      const tail = { ...source, tail: true } as const
      const dying = subscribe(store, {
        ...base,
        source: tail,
        checkpoints: {
          load: (key) => inner.load(key),
          async save(key, position) {
            await inner.save(key, position)
            // nothing after this counts
            throw new Error('dies')
          },
        },
      })
      await expect(dying.run()).rejects.toMatchObject({ code: 'CHECKPOINT_FAILED' })
      await writeNumbers(store, 'airport-SEA', 6 + index, 6 + index)
      const again = await untilLive(store, { ...base, source: tail, checkpoints: inner })
      expect(again.numbers).toEqual([6 + index])
    }
  })

  test('now, in an empty store: what comes later is read', async ({ store }) => {
    const seen = sources.map((): number[] => [])
    const started = sources.map((source, index) => {
      const events = recordEvents()
      const subscription = subscribe(store, {
        ...base,
        ...events,
        source: { ...source, tail: true },
        polling: constantPolling({ interval: 5 }),
        handler({ data }: Counted) {
          seen[index]?.push(data.n)
          void subscription.stop()
        },
      })
      return { run: subscription.run(), live: events.next('live') }
    })
    await Promise.all(started.map(({ live }) => live))
    await writeNumbers(store, 'airport-SEA', 1, 1)
    await Promise.all(started.map(({ run }) => run))
    expect(seen).toEqual(sources.map(() => [1]))
  })

  test('now, in an empty store, once: a restart reads what came in between', async ({
    db,
    store,
  }) => {
    await installCheckpoints(db)
    const kinds = {
      memory: memoryCheckpoints(),
      table: tableCheckpoints(db),
      stream: streamCheckpoints(store),
    }
    const starts = Object.entries(kinds).flatMap(([kind, checkpoints]) =>
      sources
        // A source of all messages would read the position stream itself.
        .filter((source) => kind !== 'stream' || !('all' in source))
        .map((source) => {
          const id = 'consumerGroup' in source ? `${kind}-group` : kind
          return { ...base, id, source: { ...source, tail: true } as const, checkpoints }
        }),
    )
    for (const options of starts) expect((await untilLive(store, options)).numbers).toEqual([])
    await writeNumbers(store, 'airport-SEA', 1, 2)
    for (const options of starts) {
      const { numbers } = await untilLive(store, options)
      // Whoever reads all messages reads those of position streams too, which have no number.
      expect(numbers.filter(Number.isInteger), options.id).toEqual([1, 2])
    }
  })

  test('at a time: the first message not older, and everything after it', async ({ db, store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    await setTimes(db, {
      1: '2020-01-01 10:00:00',
      2: '2020-01-01 11:00:00',
      3: '2020-01-01 12:00:00',
      // a transaction that began early and wrote late
      4: '2020-01-01 10:30:00',
      5: '2020-01-01 13:00:00',
    })
    for (const source of sources) {
      const read = async (time: string): Promise<number[]> => {
        const at = { ...source, since: new Date(time) }
        return (await untilLive(store, { ...base, source: at })).numbers
      }
      expect(await read('2020-01-01T12:00:00Z')).toEqual([3, 4, 5])
      expect(await read('2020-01-01T07:00:00-05:00')).toEqual([3, 4, 5])
      expect(await read('2020-01-01T12:00:00.001Z')).toEqual([5])
      expect(await read('2019-01-01T00:00:00Z')).toEqual([1, 2, 3, 4, 5])
      expect(await read('2020-01-02T00:00:00Z')).toEqual([])
    }
  })

  test('at a time, once: the place is saved at once', async ({ db, store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 3)
    for (const source of sources) {
      await setTimes(db, { 1: '2020-01-01', 2: '2020-01-02', 3: '2020-01-03' })
      const checkpoints = memoryCheckpoints()
      const at = { ...source, since: new Date('2020-01-02T00:00:00Z') }
      const dying = subscribe(store, {
        ...base,
        source: at,
        checkpoints,
        handler: () => Promise.reject(new Error('at the first')),
      })
      await expect(dying.run()).rejects.toMatchObject({ code: 'HANDLER_FAILED' })
      await setTimes(db, { 2: '2019-01-01', 3: '2019-01-01' })
      const again = await untilLive(store, { ...base, source: at, checkpoints })
      expect(again.numbers).toEqual([2, 3])
    }
  })

  test('but a checkpoint wins', async ({ store }) => {
    await writeNumbers(store, 'airport-SEA', 1, 5)
    for (const source of sources) {
      for (const start of [{ tail: true }, { since: new Date(0) }, { position: 0n }] as const) {
        const checkpoints = memoryCheckpoints()
        await untilLive(store, { ...base, source, checkpoints })
        const at = { ...source, ...start }
        expect((await untilLive(store, { ...base, source: at, checkpoints })).numbers).toEqual([])
      }
    }
  })
})
