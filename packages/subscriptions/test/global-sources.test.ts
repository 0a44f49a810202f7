import { describe, expect } from 'vitest'
import {
  category,
  type ConditionColumns,
  createMessageStore,
  type MessageStoreDatabase,
} from '@mdb/core'
import {
  subscribe,
  streamCheckpoints,
  type SourceOptions,
  type SubscriptionOptions,
} from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { CamelCasePlugin, sql } from 'kysely'
import { type MessageFilter, pageQuery } from '../src/sources/page-query.ts'
import { untilLive, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest({ backend: 'pglite' })
const base = { id: 'delays', handler: () => {} } satisfies Partial<SubscriptionOptions>

const NAMES = [
  'airport',
  'airport-1',
  'airport-2+a',
  'airport-2+b-c',
  'airport-',
  'airport:command-1',
  'airport:command+x-2',
  'flight-1',
  'flight-99',
]

describe('several categories and all messages', () => {
  test('in global order, page by page, and what comes later', async ({ store }) => {
    for (let n = 1; n <= 12; n += 1) {
      await writeNumbers(store, ['airport-SEA', 'flight-1', 'other-1'][n % 3] ?? '', n, n)
    }
    for (const batchSize of [1, 2, 5, 100]) {
      const all = await untilLive(store, { ...base, batchSize, source: { all: true } })
      expect(all.numbers).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12])
      expect(all.end.position).toBe(12n)
      const source = { categories: ['flight', 'airport', 'nothing', 'flight'] }
      const two = await untilLive(store, { ...base, batchSize, source })
      expect(two.numbers).toEqual([1, 3, 4, 6, 7, 9, 10, 12])
    }
  })

  test('an empty store is live at once, and its first message arrives', async ({ store }) => {
    for (const source of [{ all: true }, { categories: ['airport'] }] satisfies SourceOptions[]) {
      expect(await untilLive(store, { ...base, source })).toEqual({
        numbers: [],
        end: { reason: 'stopped', position: undefined },
      })
    }
    await writeNumbers(store, 'airport-1', 7, 7)
    expect((await untilLive(store, { ...base, source: { all: true } })).numbers).toEqual([7])
  })

  test('filter as get_category_messages does', async ({ db, store }) => {
    await sql`set message_store.sql_condition to 'on'`.execute(db)
    let n = 0
    for (const name of NAMES) {
      for (const correlationStreamName of ['a-1', 'a:b-1', undefined]) {
        n += 1
        await sql`
          insert into message_store.messages (stream_name, type, position, data, metadata) values
          (${name}, ${n % 2 === 0 ? 'Even' : 'Odd'}, ${n}, ${JSON.stringify({ n })},
            ${JSON.stringify({ correlationStreamName })})
        `.execute(db)
      }
    }
    const even = sql<boolean>`type = 'Even' and (data->>'n')::int > ${4}`
    const filters: MessageFilter[] = [
      {},
      { correlation: 'a' },
      { correlation: 'a:b' },
      { condition: even },
      { condition: (eb) => eb('type', '=', 'Odd') },
      { condition: sql<boolean>`type = 'Odd' -- and no other` },
      {
        condition: ({ exists, selectFrom }) =>
          exists(
            selectFrom(sql<ConditionColumns>`message_store.messages`.as('other'))
              .select('other.id')
              .whereRef('other.stream_name', '=', 'message.stream_name')
              .where('other.type', '=', 'Even')
              .whereRef('other.position', '>', 'message.position'),
          ),
      },
      ...[1, 2, 3, 7].flatMap((size) =>
        Array.from({ length: size }, (_, member) => ({ consumerGroup: { member, size } })),
      ),
      { correlation: 'a', condition: even, consumerGroup: { member: 1, size: 2 } },
    ]
    const categories = [...new Set(NAMES.map((name) => category(name)))]
    let matches = 0
    for (const filter of filters) {
      const pages = []
      for (const name of categories) pages.push(await store.getCategoryMessages(name, filter))
      const expected = pages.flat().toSorted((a, b) => Number(a.globalPosition - b.globalPosition))
      const bounds = { schema: 'message_store', filter, from: 1n, through: 10_000n, limit: 1_000 }
      for (const scope of [categories, undefined]) {
        const found = await store.getMessages(pageQuery({ ...bounds, categories: scope }))
        expect(found).toEqual(expected)
      }
      matches += expected.length
    }
    expect(matches).toBeGreaterThan(100)
  })

  test('a condition needs no activation, and a wrong one fails at once', async ({ store }) => {
    const wrong = { all: true, condition: sql<boolean>`no_such_column = 1` } as const
    await expect(subscribe(store, { ...base, source: wrong }).run()).rejects.toMatchObject({
      code: 'SOURCE_FAILED',
      source: '$all',
    })
    await writeNumbers(store, 'airport-1', 1, 4)
    const source = { all: true, condition: sql<boolean>`(data->>'n')::int > ${2}` } as const
    expect((await untilLive(store, { ...base, source })).numbers).toEqual([3, 4])
  })

  test('on a Kysely with plugins', async ({ db }) => {
    const store = createMessageStore<MessageStoreDatabase>(db.withPlugin(new CamelCasePlugin()))
    await writeNumbers(store, 'airport-1', 1, 3)
    expect((await untilLive(store, { ...base, source: { all: true } })).numbers).toEqual([1, 2, 3])
    const group = { category: 'airport', consumerGroup: { member: 0, size: 1 } }
    expect((await untilLive(store, { ...base, source: group })).numbers).toEqual([1, 2, 3])
  })

  test('a source of all messages refuses checkpoints that are messages', async ({ store }) => {
    const checkpoints = streamCheckpoints(store)
    expect(() => subscribe(store, { ...base, source: { all: true }, checkpoints })).toThrow(
      expect.objectContaining({ code: 'INVALID_OPTION', option: 'checkpoints' }),
    )
  })
})
