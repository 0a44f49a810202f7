import { appendFile, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { category, follows, importMessages } from '@mdb/core'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { generateHistory, loadStore, recordStore } from '@mdb/testing/history'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql, type Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test as plain } from 'vitest'

const test = messageStoreTest()
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'mdb-history-'))
})
afterAll(async () => rm(folder, { recursive: true }))

describe('a generated history', () => {
  plain('is the same for the same seed, and another for another', () => {
    const [one, same, other] = [1, 1, 2].map((seed) => [
      ...generateHistory({ seed, messages: 300 }),
    ])
    expect(same).toEqual(one)
    expect(other).not.toEqual(one)
    expect(new Set(one?.map(({ id }) => id)).size).toBe(300)
    for (const { id } of one ?? []) {
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-a[0-9a-f]{3}-[0-9a-f]{12}$/)
    }
  })

  test('is in the store as it says: positions, times, chains', async ({ store }) => {
    const history = [...generateHistory({ seed: 3, messages: 2_000, correlated: 0.5 })]
    await importMessages(store, history, { keepTimes: true, batchSize: 700 })
    const [all, followed] = [new Map<bigint, (typeof history)[number]>(), new Set<string>()]
    for (const message of history) all.set(message.globalPosition, message)
    for (const name of ['account', 'order', 'shipment']) {
      for (const message of await store.getCategoryMessages(name, { batchSize: 'unlimited' })) {
        const { id, streamName, type, position, data, time, metadata } =
          all.get(message.globalPosition) ?? history[0]!
        expect(message).toMatchObject({ id, streamName, type, position, data, time })
        if (metadata === undefined) continue
        const cause = all.get(BigInt(Number(metadata.causationMessageGlobalPosition)))
        expect(follows(cause!, message)).toBe(true)
        expect(category(cause!.streamName)).not.toBe(name)
        followed.add(name)
      }
    }
    expect([...followed].toSorted()).toEqual(['account', 'order', 'shipment'])
    const share = history.filter(({ metadata }) => metadata !== undefined).length / history.length
    expect(share).toBeGreaterThan(0.4)
    expect(share).toBeLessThan(0.6)
  })

  plain('has streams as unequal as is asked', () => {
    const largest = (skew: number): number => {
      const counts = new Map<string, number>()
      const options = { messages: 5_000, streams: 100, skew, correlated: 0 }
      for (const { streamName } of generateHistory(options)) {
        counts.set(streamName, (counts.get(streamName) ?? 0) + 1)
      }
      return Math.max(...counts.values())
    }
    expect(largest(0)).toBeLessThan(100)
    // 5,000 / (1 + 1/2 + … + 1/100)
    expect(largest(1)).toBeGreaterThan(850)
    expect(largest(1)).toBeLessThan(1_100)
  })

  plain.for([
    [{ messages: -1 }, 'messages is -1; it must be an integer of 0 or more'],
    [{ messages: 1.5 }, 'messages is 1.5'],
    [{ messages: 1, seed: 0.5 }, 'seed is 0.5; it must be an integer'],
    [{ messages: 1, streams: 0 }, 'streams is 0; it must be an integer of 1 or more'],
    [{ messages: 1, skew: -1 }, 'skew is -1'],
    [{ messages: 1, correlated: 2 }, 'correlated is 2; it must be 0 to 1'],
    [{ messages: 1, dataSize: 1 }, 'dataSize is 1'],
    [{ messages: 1, dataSize: Infinity }, 'dataSize is Infinity; it must be 60 bytes or more'],
    [{ messages: 2, interval: Infinity }, 'interval is Infinity; it must be 0 or more'],
    [{ messages: 2, interval: Number.NaN }, 'interval is NaN'],
    [{ messages: Infinity }, 'messages is Infinity'],
    [{ messages: 1, categories: ['a-b'] }, 'categories is ["a-b"]'],
    [{ messages: 1, categories: [] }, 'categories is []'],
    [{ messages: 1, from: new Date(Number.NaN) }, 'from is null; it must be a date'],
  ] as const)('refuses %j', ([options, text]) => {
    expect(() => [...generateHistory(options)]).toThrow(text)
    expect(() => [...generateHistory(options)]).toThrow(
      expect.objectContaining({ code: 'INVALID_SETTING' }),
    )
  })
})

async function rowsOf<DB>(db: Kysely<DB>): Promise<readonly unknown[]> {
  const { rows } = await sql`
    select id::text, stream_name, type, position::text, global_position::text, data::text,
      metadata::text, time::text
    from message_store.messages order by messages.global_position
  `.execute(db)
  return rows
}

async function fill<DB>(db: Kysely<DB>): Promise<void> {
  // What a store may hold: no data, JSON null, integers beyond 2^53, gaps, times to the microsecond.
  await sql`
    insert into message_store.messages
      (stream_name, type, position, global_position, data, metadata, time)
    values ('airport-SEA', 'Odd', 0, 3, null, 'null', '2001-02-03 04:05:06.123457'),
      ('airport-SEA', 'Odd', 1, 4, '{"n": 12345678901234567890, "text": "a\\n\\"\\u2028é"}', '{}', now()),
      ('', 'Odd', 0, 9007199254740993, '[1, 2]', null, now())
  `.execute(db)
}

describe('a store in a file', () => {
  for (const file of ['store.ndjson', 'store.ndjson.gz']) {
    test(`comes back as it was: ${file}`, async ({ server, db }) => {
      const name = path.join(folder, file)
      await fill(db)
      expect(await recordStore(db, name)).toBe(3)
      await using other = await server.createDatabase()
      expect(await loadStore(other.db, name)).toBe(3)
      expect(await rowsOf(other.db)).toEqual(await rowsOf(db))
      await other.store.writeMessage('airport-SEA', { type: 'Next', data: {} })
      const next = await other.store.getLastStreamMessage('airport-SEA')
      expect(next).toMatchObject({ position: 2n, globalPosition: 9007199254740994n })
    })
  }

  test('larger than a batch', async ({ server, store, db }) => {
    const name = path.join(folder, 'large.gz')
    await importMessages(store, generateHistory({ messages: 5_001, dataSize: 60 }))
    expect(await recordStore(db, name)).toBe(5_001)
    await using other = await server.createDatabase()
    expect(await loadStore(other.db, name)).toBe(5_001)
    expect(await rowsOf(other.db)).toEqual(await rowsOf(db))
  })

  plain('is of one moment: an effect is not recorded without its cause', async () => {
    await using server = await startEmbeddedPostgres()
    await using database = await server.createDatabase()
    const { store } = database
    const late = await database.db.startTransaction().execute()
    await store.using(late).writeMessage('order-1', { type: 'Placed', data: {} })
    await importMessages(
      store,
      generateHistory({ messages: 5_000, categories: ['account'], dataSize: 60 }),
    )
    // Between two pages the cause is committed, before all that was read, and then the effect.
    let pages = 0
    const between = database.connect().withPlugin({
      transformQuery: ({ node }) => node,
      async transformResult({ result }) {
        pages += 1
        if (pages === 1) {
          await late.commit().execute()
          await store.writeMessage('shipment-1', { type: 'Shipped', data: {} })
        }
        return result
      },
    })
    expect(await recordStore(between, path.join(folder, 'moment'))).toBe(5_000)
    expect(pages).toBe(2)
  })

  test('is replaced by a whole one, or stays', async ({ store, db }) => {
    const name = path.join(folder, 'replaced')
    await recordStore(db, name)
    const before = await readFile(name, 'utf8')
    await sql`alter table message_store.messages rename to away`.execute(db)
    await expect(recordStore(db, name)).rejects.toThrow('messages')
    expect(await readFile(name, 'utf8')).toBe(before)
    await sql`alter table message_store.away rename to messages`.execute(db)
    await store.writeMessage('airport-SEA', { type: 'Opened', data: {} })
    expect(await recordStore(db, name)).toBe(1)
    expect((await readdir(folder)).filter((file) => file.includes('replaced'))).toEqual([
      'replaced',
    ])
  })

  test('of nothing is nothing', async ({ server, db }) => {
    const name = path.join(folder, 'empty')
    expect(await recordStore(db, name)).toBe(0)
    await using other = await server.createDatabase()
    expect(await loadStore(other.db, name)).toBe(0)
    await other.store.writeMessage('airport-SEA', { type: 'First', data: {} })
    const first = await other.store.getLastStreamMessage('airport-SEA')
    expect(first?.globalPosition).toBe(1n)
  })

  test('is not loaded over messages, nor when it is damaged; nothing is then', async ({
    server,
    store,
    db,
  }) => {
    const name = path.join(folder, 'whole')
    await fill(db)
    await recordStore(db, name)
    await expect(loadStore(db, name)).rejects.toMatchObject({ code: 'STORE_NOT_EMPTY' })
    const whole = await readFile(name)
    const damaged: readonly (readonly [string, Buffer | string, RegExp])[] = [
      ['cut', whole.subarray(0, -20), /it ends after 3 messages|JSON/],
      ['short', whole.toString().split('\n').slice(0, 3).join('\n'), /it ends after 2 messages/],
      ['foreign', '{"some":"file"}\n', /not written by recordStore/],
      ['none', '', /not written by recordStore/],
      ['text', 'hello', /JSON/],
      ['text.gz', 'hello', /header/],
    ]
    await using other = await server.createDatabase()
    for (const [file, content, reason] of damaged) {
      const damagedFile = path.join(folder, file)
      await writeFile(damagedFile, content)
      const loading = loadStore(other.db, damagedFile)
      await expect(loading, file).rejects.toMatchObject({ code: 'STORE_FILE_INVALID' })
      await expect(loading, file).rejects.toThrow(reason)
      expect(await rowsOf(other.db)).toEqual([])
    }
    const lines = whole.toString().split('\n')
    const good = JSON.parse(lines[3] ?? '') as unknown[]
    for (const [line, reason] of [
      ['["x"]', 'line 3: the message has no valid id'],
      ['[]', 'line 3: the message has no valid id'],
      ['5', 'line 3: it is no message'],
      ['null', 'line 3: it is no message'],
      ['{"some":"thing"}', 'line 3: it is no message'],
      ['["x', 'line 3: '],
      [good.with(2, 5), 'line 3: the message has no valid type'],
      [good.with(4, '1.5'), 'line 3: the message has no valid global position'],
      [good.with(5, {}), 'line 3: the message has no valid data'],
      [[...good, null], 'line 3: the message has too many fields'],
      // What only the server knows.
      [good.with(5, '{'), 'lines 2 to 4: invalid input syntax for type json'],
      [good.with(7, 'noon'), 'lines 2 to 4: '],
      [lines[1], 'lines 2 to 4: duplicate key'],
    ] as const) {
      const damagedFile = path.join(folder, 'line')
      const text = typeof line === 'string' ? line : JSON.stringify(line)
      await writeFile(damagedFile, lines.with(2, text).join('\n'))
      const loading = loadStore(other.db, damagedFile)
      await expect(loading, text).rejects.toMatchObject({ code: 'STORE_FILE_INVALID' })
      await expect(loading, text).rejects.toThrow(`${damagedFile} cannot be loaded: ${reason}`)
      expect(await rowsOf(other.db)).toEqual([])
    }
    await expect(loadStore(other.db, path.join(folder, 'missing'))).rejects.toThrow(/ENOENT/)
    await appendFile(name, 'more')
    expect(await loadStore(other.db, name)).toBe(3)
    expect(await store.messageStoreVersion()).toBe('1.3.0')
  })
})
