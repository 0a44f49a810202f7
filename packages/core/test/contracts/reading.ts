import fc from 'fast-check'
import { type RawBuilder, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  createMessageStore,
  type Message,
  type MessageStore,
  type MessageStoreDatabase,
  type PageRows,
  type ReadCategoryOptions,
} from '@mdb/core'
import { queryCategoryMessages, queryStreamMessages } from '../../src/message-query.ts'
import type { MessageStoreTest } from '../support.ts'
import { collect } from '../support/collect.ts'

const positionsOf = async (messages: AsyncIterable<Message>): Promise<bigint[]> =>
  (await collect(messages)).map(({ position }) => position)

const globalPositionsOf = async (messages: AsyncIterable<Message>): Promise<bigint[]> =>
  (await collect(messages)).map(({ globalPosition }) => globalPosition)

async function write(
  store: MessageStore<MessageStoreDatabase>,
  streamName: string,
  count: number,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    await store.writeMessage(streamName, { type: 'A', data: { number } })
  }
}

/** Forty messages of a category, spread over streams, among those of another. */
async function fill(store: MessageStore<MessageStoreDatabase>): Promise<void> {
  for (let number = 0; number < 40; number++) {
    const metadata = { correlationStreamName: number % 3 === 0 ? 'flight-1' : 'train-1' }
    const type = number % 2 === 0 ? 'Even' : 'Odd'
    await store.writeMessage(`x-${number % 5}`, { type, data: { number }, metadata })
    if (number % 4 === 0) await store.writeMessage('other-1', { type, data: { number } })
  }
  await store.writeMessage('x', { type: 'Odd', data: {} })
}

export function readingContract(test: MessageStoreTest): void {
  describe('readStream', () => {
    test('pages by itself, forward and backward', async ({ store }) => {
      await write(store, 'x-1', 7)
      await write(store, 'x-2', 1)
      const read = async (options: object) => positionsOf(store.readStream('x-1', options))
      expect(await read({})).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n])
      expect(await read({ batchSize: 2 })).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n])
      expect(await read({ batchSize: 7 })).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n])
      expect(await read({ position: 2n, until: 4n, batchSize: 2 })).toEqual([2n, 3n, 4n])
      expect(await read({ limit: 3, batchSize: 2 })).toEqual([0n, 1n, 2n])
      const direction = 'backward'
      expect(await read({ direction, limit: 3, batchSize: 2 })).toEqual([6n, 5n, 4n])
      expect(await read({ direction, position: 2n, batchSize: 1 })).toEqual([2n, 1n, 0n])
      expect(await read({ direction, position: 99n, until: 5n })).toEqual([6n, 5n])
      expect(await positionsOf(store.readStream('none-1'))).toEqual([])
      expect(await positionsOf(store.readStream('none-1', { direction }))).toEqual([])
    })

    test('tells what a page holds before it is decoded', async ({ db, store }) => {
      await write(store, 'x-2', 2)
      await write(store, 'x-1', 3)
      const log: unknown[] = []
      const parse = (text: string): unknown => {
        log.push('decode')
        return JSON.parse(text)
      }
      const telling = createMessageStore(db, { json: { stringify: JSON.stringify, parse } })
      const onRows = (rows: PageRows): void => void log.push(rows)
      await telling.getStreamMessages('x-1', { batchSize: 2, onRows })
      const [, last] = await telling.getCategoryMessages('x', { batchSize: 2, onRows })
      await telling.getCategoryMessages('none', { onRows })
      expect(log).toEqual([
        { count: 2, lastPosition: 1n },
        'decode',
        'decode',
        { count: 2, lastPosition: last?.globalPosition },
        'decode',
        'decode',
        { count: 0, lastPosition: undefined },
      ])
    })

    test('yields pages where they are wanted', async ({ store }) => {
      await write(store, 'x-1', 5)
      const pages = store.readStream('x-1', { batchSize: 2 }).pages()
      expect((await collect(pages)).map((page) => page.length)).toEqual([2, 2, 1])
    })

    test('backward, gives the very messages that it gives forward', async ({ store }) => {
      const metadata = { correlationStreamName: 'flight-1' }
      const values = [{ delay: 12 }, null, undefined, 'text', [1, { two: 2 }]]
      for (const data of values) await store.writeMessage('x-1', { type: 'A', data, metadata })
      const forward = await collect(store.readStream('x-1'))
      const backward = store.readStream('x-1', { direction: 'backward' })
      expect((await collect(backward)).toReversed()).toEqual(forward)
      expect(await store.getStreamMessages('x-1')).toEqual(forward)
    })

    test('sees what is written while it reads, up to the first page that is not full', async ({
      store,
    }) => {
      await write(store, 'x-1', 4)
      const seen: bigint[] = []
      for await (const { position } of store.readStream('x-1', { batchSize: 2, prefetch: false })) {
        seen.push(position)
        if (position < 3n) await write(store, 'x-1', 1)
      }
      expect(seen).toEqual([0n, 1n, 2n, 3n, 4n, 5n, 6n])
    })
  })

  describe('readCategory', () => {
    test('backward is forward turned round, whatever is asked for', async ({ store }) => {
      await fill(store)
      const options = fc.record(
        {
          batchSize: fc.integer({ min: 1, max: 9 }),
          correlation: fc.constantFrom('flight', 'train'),
          consumerGroup: fc.integer({ min: 0, max: 1 }).map((member) => ({ member, size: 2 })),
          condition: fc.constant<NonNullable<ReadCategoryOptions['condition']>>((eb) =>
            eb('type', '=', 'Odd'),
          ),
        },
        { requiredKeys: [] },
      )
      await fc.assert(
        fc.asyncProperty(options, fc.bigInt(1n, 52n), fc.bigInt(1n, 52n), async (chosen, a, b) => {
          const [low, high] = a < b ? [a, b] : [b, a]
          const read = async (more: ReadCategoryOptions) =>
            globalPositionsOf(
              store.readCategory('x', { ...chosen, ...more, activateCondition: true }),
            )
          const forward = await read({ position: low, until: high })
          const backward = await read({ position: high, until: low, direction: 'backward' })
          expect(backward.toReversed()).toEqual(forward)
        }),
        { numRuns: 40 },
      )
      const direction = 'backward'
      const newest = await collect(store.readCategory('x', { direction, limit: 2 }))
      expect(newest.map(({ streamName }) => streamName)).toEqual(['x', 'x-4'])
    })

    test('splits a category among a group in both directions alike', async ({ store }) => {
      await fill(store)
      for (const member of [0, 1, 2]) {
        const consumerGroup = { member, size: 3 }
        const page = await store.getCategoryMessages('x', { consumerGroup })
        const options = { consumerGroup, batchSize: 4 }
        const forward = await collect(store.readCategory('x', options))
        const backward = store.readCategory('x', { ...options, direction: 'backward' })
        expect(forward).toEqual(page)
        expect((await collect(backward)).toReversed()).toEqual(page)
      }
    })
  })

  describe('a read that pages by itself', () => {
    test('refuses at the call what it cannot read', ({ store }) => {
      const untyped = (value: unknown): never => value as never
      const refusals: [() => unknown, string][] = [
        [() => store.readStream('x'), 'NOT_A_STREAM_NAME'],
        [() => store.readCategory('x-1'), 'NOT_A_CATEGORY'],
        [() => store.readStream('x-1', { position: -1n }), 'INVALID_POSITION'],
        [() => store.readStream('x-1', { until: untyped(4) }), 'INVALID_POSITION'],
        [() => store.readCategory('x', { limit: 0 }), 'INVALID_LIMIT'],
        [() => store.readCategory('x', { limit: 1.5 }), 'INVALID_LIMIT'],
        [() => store.readCategory('x', { limit: Infinity }), 'INVALID_LIMIT'],
        [() => store.readCategory('x', { batchSize: 0 }), 'INVALID_BATCH_SIZE'],
        [() => store.readCategory('x', { direction: untyped('up') }), 'INVALID_DIRECTION'],
        [() => store.readCategory('x', { correlation: 'y-1' }), 'CORRELATION_NOT_A_CATEGORY'],
        [
          () => store.readCategory('x', { consumerGroup: { member: 2, size: 2 } }),
          'INVALID_CONSUMER_GROUP',
        ],
        [
          () => store.readCategory('x', { direction: 'backward', condition: sql<boolean>`` }),
          'INVALID_CONDITION',
        ],
      ]
      for (const [call, code] of refusals) expect(call).toThrow(expect.objectContaining({ code }))
    })

    test('throws the typed error of a page after the messages before it', async ({ store }) => {
      await write(store, 'x-1', 8)
      // Nothing divides by zero before the message at 5.
      const condition = sql<boolean>`10 / (5 - position) is not null`
      const options = { condition, activateCondition: true, batchSize: 2 }
      const seen: bigint[] = []
      const read = async (): Promise<void> => {
        for await (const { position } of store.readStream('x-1', options)) seen.push(position)
      }
      await expect(read()).rejects.toMatchObject({ code: 'INVALID_CONDITION' })
      expect(seen).toEqual([0n, 1n, 2n, 3n])
      // The failing page is on its way when the loop is left.
      for await (const { position } of store.readStream('x-1', options)) if (position === 2n) break
    })

    test.for([undefined, true])(
      'in a transaction lives with your own queries, prefetch %s',
      async (prefetch, { db, store }) => {
        await write(store, 'x-1', 10)
        await db.transaction().execute(async (trx) => {
          const inside = store.using(trx)
          for await (const { position } of inside.readStream('x-1', { batchSize: 2, prefetch })) {
            await inside.writeMessage('y-1', {
              type: 'Copied',
              data: { position: Number(position) },
            })
            if (position === 6n) break
          }
        })
        expect(await store.streamVersion('y-1')).toBe(6n)
      },
    )

    test('reads a schema of another name, backward too', async ({ db, store }) => {
      await write(store, 'x-1', 3)
      await sql`alter schema message_store rename to "my ""store"`.execute(db)
      const moved = createMessageStore(db, { schema: 'my "store' })
      const options = { direction: 'backward', consumerGroup: { member: 0, size: 1 } } as const
      expect(await positionsOf(moved.readCategory('x', options))).toEqual([2n, 1n, 0n])
      expect(await positionsOf(moved.readStream('x-1', { batchSize: 2 }))).toEqual([0n, 1n, 2n])
    })

    test('needs no search_path, and touches none', async ({ db, store }) => {
      await write(store, 'x-1', 3)
      await sql`create table public.messages (body text)`.execute(db)
      await db.transaction().execute(async (trx) => {
        await sql`select set_config('search_path', 'public', true)`.execute(trx)
        const inside = store.using(trx)
        for (const direction of ['forward', 'backward'] as const) {
          const options = { direction, consumerGroup: { member: 0, size: 1 }, batchSize: 2 }
          expect(await positionsOf(inside.readCategory('x', options))).toHaveLength(3)
          const { rows } = await sql`select current_setting('search_path') as path`.execute(trx)
          expect(rows).toEqual([{ path: 'public' }])
        }
      })
    })
  })
}

interface PlanNode {
  readonly 'Node Type': string
  readonly 'Scan Direction'?: string
  readonly 'Index Name'?: string
  readonly 'Actual Rows': number
  readonly 'Rows Removed by Filter'?: number
  readonly Plans?: readonly PlanNode[]
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)]

/** What needs connections of its own, or a planner with much to plan for. */
export function readingConnectionsContract(test: MessageStoreTest): void {
  describe('a read on a pool of one connection', () => {
    test('has given it back after break, return, throw and the end', async ({
      database,
      store,
    }) => {
      await write(store, 'x-1', 7)
      const one = store.using(database.connect({ max: 1 }))
      const options = { batchSize: 2 }
      const ways: Record<string, () => Promise<unknown>> = {
        break: async () => {
          for await (const _ of one.readStream('x-1', options)) break
        },
        return: async () => {
          const messages = one.readStream('x-1', options)[Symbol.asyncIterator]()
          await messages.next()
          await messages.return()
        },
        throw: async () => {
          const read = async (): Promise<void> => {
            for await (const _ of one.readCategory('x', options)) throw new Error('mine')
          }
          await expect(read()).rejects.toThrow('mine')
        },
        end: async () => collect(one.readStream('x-1', options).pages()),
        'your own query in between': async () => {
          for await (const _ of one.readStream('x-1', options)) await one.streamVersion('x-1')
        },
      }
      for (const [name, way] of Object.entries(ways)) {
        await way()
        const { rows } = await sql`select count(*)::int as busy from pg_stat_activity
          where datname = current_database() and pid <> pg_backend_pid() and state = 'active'
            and query like '%messages%' and backend_type = 'client backend'`.execute(store.db)
        expect([name, rows]).toEqual([name, [{ busy: 0 }]])
        expect(await one.streamVersion('x-1')).toBe(6n)
      }
    })

    test('an abort ends the wait for a page at once', async ({ database, db, store }) => {
      await write(store, 'x-1', 4)
      const one = store.using(database.connect({ max: 1 }))
      const controller = new AbortController()
      const reason = new Error('enough')
      await db.transaction().execute(async (trx) => {
        const { signal } = controller
        const options = { batchSize: 2, prefetch: false, signal }
        const messages = one.readStream('x-1', options)[Symbol.asyncIterator]()
        await messages.next()
        await messages.next()
        await sql`lock table message_store.messages in access exclusive mode`.execute(trx)
        const waiting = messages.next()
        controller.abort(reason)
        await expect(waiting).rejects.toBe(reason)
        expect(await messages.next()).toEqual({ done: true, value: undefined })
      })
      expect(await one.streamVersion('x-1')).toBe(3n)
    })
  })

  test('reading backward scans an index from its end, and no more than it returns', async ({
    db,
  }) => {
    await sql`insert into message_store.messages (stream_name, type, position, metadata)
      select 'x-' || (n % 10), 'A', n / 10,
        jsonb_build_object('correlationStreamName', 'flight-' || (n % 7))
      from generate_series(0, 19999) as n`.execute(db)
    await sql`insert into message_store.messages (stream_name, type, position)
      select 'y-' || (n % 10), 'A', n / 10 from generate_series(0, 19999) as n`.execute(db)
    await sql`analyze message_store.messages`.execute(db)
    const query = { direction: 'backward', limit: 10, schema: 'message_store' } as const
    const queries: [string, RawBuilder<unknown>, string][] = [
      ['last of a stream', queryStreamMessages('x-1', query), 'messages_stream'],
      [
        'from a position of a stream',
        queryStreamMessages('x-1', { ...query, position: 500n, until: 20n }),
        'messages_stream',
      ],
      ['last of a category', queryCategoryMessages('x', query), 'messages_category'],
      [
        'from a position of a category',
        queryCategoryMessages('x', { ...query, position: 9000n }),
        'messages_category',
      ],
      [
        'correlated',
        queryCategoryMessages('x', { ...query, correlation: 'flight' }),
        'messages_category',
      ],
    ]
    for (const [name, messages, index] of queries) {
      const { rows } = await sql<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>`
        explain (analyze, format json) select * from ${messages} as message`.execute(db)
      const nodes = rows.flatMap((row) => nodesOf(row['QUERY PLAN'][0].Plan))
      const scans = nodes.filter((node) => node['Node Type'].includes('Scan'))
      expect([name, scans.filter((node) => node['Node Type'] !== 'Subquery Scan')]).toMatchObject([
        name,
        [{ 'Node Type': 'Index Scan', 'Scan Direction': 'Backward', 'Index Name': index }],
      ])
      expect([name, Math.max(...nodes.map((node) => node['Actual Rows']))]).toEqual([name, 10])
      expect(nodes.map((node) => node['Rows Removed by Filter'] ?? 0)).toEqual(nodes.map(() => 0))
    }
  })
}
