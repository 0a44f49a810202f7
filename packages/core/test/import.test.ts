import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { expect } from 'vitest'
import {
  type ImportedMessage,
  importMessages,
  type ImportProgress,
  type Message,
  type MessageStore,
  type MessageStoreDatabase,
} from '@mdb/core'
import { messageStoreTest } from '@mdb/testing/vitest'
import { history } from './support/history.ts'

type DB = MessageStoreDatabase

const test = messageStoreTest({ backend: 'embedded' })

const newMessage = (streamName: string, data: unknown = {}): ImportedMessage => ({
  id: crypto.randomUUID(),
  streamName,
  type: 'A',
  data,
})
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

const withoutGlobal = ({ globalPosition: _global, ...message }: Message) => message

async function contents(db: Kysely<DB>, { times = false } = {}): Promise<unknown[]> {
  const { rows } = await sql`select id, stream_name, position, type, data, metadata
    ${times ? sql`, time::text` : sql``}
    from message_store.messages order by global_position`.execute(db)
  return rows
}

async function writeOneByOne(
  store: MessageStore<DB>,
  messages: Iterable<ImportedMessage>,
): Promise<void> {
  for (const { streamName, ...message } of messages) await store.writeMessage(streamName, message)
}

test('writes what one by one would write', async ({ db, store }) => {
  const streamName = fc.constantFrom('a-1', 'a-2', 'b-1', 'b-1', 'c', 'd:e-1+2')
  const entry = fc.record({ streamName, data: fc.option(fc.jsonValue(), { nil: undefined }) })
  await fc.assert(
    fc.asyncProperty(
      fc.array(entry, { maxLength: 6 }),
      fc.array(entry, { maxLength: 12 }),
      fc.integer({ min: 1, max: 5 }),
      async (before, entries, batchSize) => {
        const existing = before.map(({ streamName, data }) => newMessage(streamName, data))
        const messages = entries.map(({ streamName, data }) => newMessage(streamName, data))
        await sql`truncate message_store.messages restart identity`.execute(db)
        await writeOneByOne(store, existing)
        const progress = await importMessages(store, messages, { batchSize })
        expect(progress).toEqual({ written: messages.length, skipped: 0 })
        const imported = await contents(db)
        await sql`truncate message_store.messages restart identity`.execute(db)
        await writeOneByOne(store, [...existing, ...messages])
        expect(imported).toEqual(await contents(db))
      },
    ),
    { numRuns: 25 },
  )
})

test('can be run again: what is there is skipped', async ({ db, store }) => {
  expect(await importMessages(store, history(130), { batchSize: 50 })).toEqual({
    written: 130,
    skipped: 0,
  })
  const left = await contents(db, { times: true })
  const told: ImportProgress[] = []
  const onProgress = (progress: ImportProgress) => told.push(progress)
  expect(await importMessages(store, history(130), { batchSize: 50, onProgress })).toEqual({
    written: 0,
    skipped: 130,
  })
  expect(told.map(({ skipped }) => skipped)).toEqual([50, 100, 130])
  expect(await contents(db, { times: true })).toEqual(left)
  expect(await importMessages(store, history(200), { batchSize: 33 })).toEqual({
    written: 70,
    skipped: 130,
  })
})

test('keeps times when asked to', async ({ store }) => {
  await importMessages(store, history(4), { keepTimes: true })
  await importMessages(store, [newMessage('z-1')], { keepTimes: true })
  const [kept] = await store.getStreamMessages('b-1')
  expect(kept?.time).toEqual([...history(4)][1]?.time)
  const [now] = await store.getStreamMessages('z-1')
  expect(now!.time.getUTCFullYear()).toBeGreaterThan(2020)
  await importMessages(store, [{ ...newMessage('z-2'), time: new Date(0) }])
  const [later] = await store.getStreamMessages('z-2')
  expect(later!.time.getUTCFullYear()).toBeGreaterThan(2020)
})

test('keeps the times of all years that there are', async ({ store }) => {
  const times = [
    '-004713-11-24T00:00:00.000Z',
    '-000001-12-31T23:59:59.999Z',
    '0000-02-29T00:00:00.000Z',
    '0001-01-01T00:00:00.000Z',
    '+010000-01-01T00:00:00.000Z',
    '+275760-09-13T00:00:00.000Z',
  ].map((text) => new Date(text))
  const messages = times.map((time) => ({ ...newMessage('z-1'), time }))
  await importMessages(store, messages, { keepTimes: true })
  const read = await store.getStreamMessages('z-1')
  expect(read.map(({ time }) => time)).toEqual(times)
  const before = { ...newMessage('z-1'), time: new Date('-004713-11-23T23:59:59.999Z') }
  await expect(importMessages(store, [before], { keepTimes: true })).rejects.toMatchObject({
    code: 'INVALID_MESSAGE',
    path: 'time',
    index: 0,
  })
})

test('copies what was read from a store', async ({ server, store }) => {
  await importMessages(store, history(50), { keepTimes: true })
  await using other = await server.createDatabase()
  const messages = await store.getCategoryMessages('a')
  await importMessages(other.store, messages, { keepTimes: true })
  const copied = await other.store.getCategoryMessages('a')
  expect(copied.map(withoutGlobal)).toEqual(messages.map(withoutGlobal))
})

test('killed in the middle and run again, it writes all once', async ({ db, database, store }) => {
  const count = 3000
  const child = spawn(
    process.execPath,
    [
      '--conditions=@mdb/source',
      fileURLToPath(new URL('support/import-child.ts', import.meta.url)),
      database.connectionString!,
      String(count),
    ],
    { stdio: ['ignore', 'pipe', 'inherit'] },
  )
  const exit = new Promise((resolve) =>
    child.once('exit', (code, signal) => resolve(signal ?? code)),
  )
  for await (const line of createInterface({ input: child.stdout })) {
    if (Number(line) >= 400) child.kill('SIGKILL')
  }
  expect(await exit).toBe('SIGKILL')
  const left = (await contents(db)).length
  expect(left).toBeGreaterThanOrEqual(400)
  expect(left).toBeLessThan(count)
  expect(left % 50).toBe(0)
  const progress = await importMessages(store, history(count), { keepTimes: true })
  expect(progress).toEqual({ written: count - left, skipped: left })
  const all = await contents(db, { times: true })
  await sql`truncate message_store.messages`.execute(db)
  await importMessages(store, history(count), { keepTimes: true, batchSize: 7000 })
  expect(all).toEqual(await contents(db, { times: true }))
})

test('other writers go on, and positions stay without gaps', async ({ db, store }) => {
  const writers = ['a-0', 'b-1', 'c-2'].map(async (name) => {
    for (let number = 0; number < 30; number++) {
      await store.writeMessage(name, { type: 'Other', data: number })
    }
  })
  await Promise.all([importMessages(store, history(600), { batchSize: 40 }), ...writers])
  const { rows } = await sql`select stream_name from message_store.messages
    group by stream_name having max(position) <> count(*) - 1`.execute(db)
  expect(rows).toEqual([])
  expect(await contents(db)).toHaveLength(690)
})

test('what came in between two batches is seen', async ({ db, store }) => {
  const [first, second, third, fourth, fifth] = Array.from({ length: 5 }, (_, number) =>
    newMessage('a-1', number),
  ) as [ImportedMessage, ImportedMessage, ImportedMessage, ImportedMessage, ImportedMessage]
  const committed = Promise.withResolvers<void>()
  async function* source() {
    yield* [first, second, third, fourth]
    await committed.promise
    // The batch of these two was cut before, and its stream's version is the import's own.
    const { streamName, ...message } = fourth
    await store.writeMessage(streamName, { type: 'Other', data: 1 })
    await store.writeMessage(streamName, message)
    yield fifth
  }
  const onProgress = () => committed.resolve()
  expect(await importMessages(store, source(), { batchSize: 2, onProgress })).toEqual({
    written: 4,
    skipped: 1,
  })
  const read = await store.getStreamMessages('a-1')
  expect(read.map(({ data }) => data)).toEqual([0, 1, 1, 3, 2, 4])
  expect(await contents(db)).toHaveLength(6)
})

test('a batch of one statement gets its global positions under the locks too', async ({
  db,
  store,
}) => {
  const written = Promise.withResolvers<void>()
  const held = Promise.withResolvers<void>()
  async function* source() {
    for (const data of [0, 1]) yield* ['a-1', 'b-1'].map((name) => newMessage(name, data))
    // A batch is cut when the next message is there.
    yield newMessage('a-1', 2)
    await held.promise
    yield* [newMessage('b-1', 2), newMessage('a-1', 3), newMessage('b-1', 3)]
  }
  const onProgress = () => written.resolve()
  const imported = importMessages(store, source(), { batchSize: 4, onProgress })
  await written.promise
  await db.transaction().execute(async (trx) => {
    await store.using(trx).acquireLock('a')
    held.resolve()
    for (let waiting: unknown[] = []; waiting.length === 0;) {
      const { rows } = await sql`select from pg_stat_activity where datname = current_database()
        and wait_event = 'advisory' and query ilike 'insert into%'`.execute(db)
      waiting = rows
    }
    await store.using(trx).writeMessage('a-2', { type: 'Other', data: 'before' })
  })
  expect(await imported).toEqual({ written: 8, skipped: 0 })
  const order = (await contents(db)).map((row) => (row as { data: unknown }).data)
  expect(order).toEqual([0, 0, 1, 1, 'before', 2, 2, 3, 3])
})

test('two at once write each message once', async ({ db, store }) => {
  const runs = await Promise.all(
    [40, 70].map(async (batchSize) => importMessages(store, history(500), { batchSize })),
  )
  expect(runs.reduce((written, run) => written + run.written, 0)).toBe(500)
  expect(await contents(db)).toHaveLength(500)
})

test('a message twice in the source is written once', async ({ db, store }) => {
  const twice = newMessage('a-1', 1)
  const messages = [newMessage('a-1'), twice, newMessage('a-1'), twice]
  expect(await importMessages(store, messages)).toEqual({ written: 3, skipped: 1 })
  const other = { ...twice, data: 2 }
  expect(await caught(importMessages(store, [newMessage('a-1'), other]))).toMatchObject({
    code: 'MESSAGE_ID_CONFLICT',
    messageId: twice.id,
    differences: ['data'],
    index: 1,
  })
  expect(await contents(db)).toHaveLength(3)
})

test('says which message of the source is wrong, and keeps the batches before', async ({
  db,
  store,
}) => {
  const good = () => newMessage('a-1')
  const { id: _id, ...withoutId } = good()
  const wrong: [unknown, object][] = [
    [withoutId, { code: 'INVALID_MESSAGE_ID' }],
    [
      { ...good(), id: 'x' },
      { code: 'INVALID_MESSAGE_ID', messageId: 'x' },
    ],
    [
      { ...good(), type: '' },
      { code: 'INVALID_MESSAGE', path: 'type' },
    ],
    [
      { ...good(), data: 1n },
      { code: 'INVALID_MESSAGE', path: 'data' },
    ],
    [{ ...good(), streamName: '' }, { code: 'INVALID_STREAM_NAME' }],
    [
      { ...good(), time: new Date(Number.NaN) },
      { code: 'INVALID_MESSAGE', path: 'time' },
    ],
  ]
  for (const [message, expected] of wrong) {
    const source = [good(), good(), good(), message as ImportedMessage]
    expect(await caught(importMessages(store, source, { batchSize: 2 }))).toMatchObject({
      ...expected,
      index: 3,
    })
  }
  expect(await contents(db)).toHaveLength(wrong.length * 2)
})

test('a source that fails ends the import, and is closed', async ({ db, store }) => {
  let closed = 0
  async function* failing() {
    try {
      for (const message of history(25)) yield message
      throw new Error('no more')
    } finally {
      closed += 1
    }
  }
  expect(await caught(importMessages(store, failing(), { batchSize: 10 }))).toMatchObject({
    message: 'no more',
  })
  expect(await contents(db)).toHaveLength(20)
  await sql`drop schema message_store cascade`.execute(db)
  expect(await caught(importMessages(store, failing(), { batchSize: 10 }))).toMatchObject({
    code: 'MESSAGE_STORE_NOT_INSTALLED',
  })
  expect(closed).toBe(2)
})

test('an abort ends it between two batches, also when the source stands still', async ({
  db,
  store,
}) => {
  const controller = new AbortController()
  const { signal } = controller
  const onProgress = ({ written }: ImportProgress) => written === 20 && controller.abort('enough')
  const run = importMessages(store, history(100), { batchSize: 10, signal, onProgress })
  expect(await caught(run)).toBe('enough')
  expect(await contents(db)).toHaveLength(20)
  expect(await caught(importMessages(store, history(1), { signal }))).toBe('enough')

  const second = new AbortController()
  const asked = Promise.withResolvers<void>()
  async function* standing() {
    yield* history(30)
    asked.resolve()
    await new Promise(() => undefined)
  }
  const stuck = importMessages(store, standing(), { batchSize: 10, signal: second.signal })
  await asked.promise
  second.abort('moved on')
  expect(await caught(stuck)).toBe('moved on')
})

test('role message_store may', async ({ db, database, store }) => {
  const name = `importer_${crypto.randomUUID().slice(0, 8)}`
  await sql`create role ${sql.id(name)} login password 'secret'`.execute(db)
  await sql`grant message_store to ${sql.id(name)}`.execute(db)
  const other = store.using(database.connect({ user: name, password: 'secret' }))
  expect(await importMessages(other, history(20))).toEqual({ written: 20, skipped: 0 })
})

test('is refused in a transaction, and with a batch size that is none', async ({ db, store }) => {
  await db.transaction().execute(async (trx) => {
    expect(await caught(importMessages(store.using(trx), []))).toMatchObject({
      code: 'INVALID_OPTION',
      option: 'store',
    })
  })
  expect(await caught(importMessages(store, [], { batchSize: 0 }))).toMatchObject({
    code: 'INVALID_OPTION',
    option: 'batchSize',
  })
  expect(await importMessages(store, [])).toEqual({ written: 0, skipped: 0 })
})
