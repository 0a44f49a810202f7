import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  bigintJson,
  createGroupWriter,
  createMessageStore,
  type ExpectedVersion,
  type GroupWriterOptions,
  type MessageStore,
  type MessageStoreDatabase,
  type NewMessage,
  WriteOutcomeUnknownError,
  type WriteResult,
} from '@mdb/core'
import { messageStoreTest } from '@mdb/testing/vitest'
import { judge } from '../src/group-writer/failure.ts'
import { lossyStore } from './support/lossy-store.ts'

type DB = MessageStoreDatabase

const test = messageStoreTest({ backend: 'embedded' })

const newMessage = (data: unknown = {}) => ({ id: crypto.randomUUID(), type: 'A', data })
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

/** How many transactions wrote the store's messages. */
async function countTransactions(db: Kysely<DB>): Promise<number> {
  const { rows } = await sql`select distinct xmin::text from message_store.messages`.execute(db)
  return rows.length
}

/** Holds the lock of a category, so that the next group of it waits. */
async function holdLock(store: MessageStore<DB>, streamName: string): Promise<() => Promise<void>> {
  const held = Promise.withResolvers<void>()
  const release = Promise.withResolvers<void>()
  const holder = store.db.transaction().execute(async (trx) => {
    await store.using(trx).acquireLock(streamName)
    held.resolve()
    await release.promise
  })
  await held.promise
  return async () => {
    release.resolve()
    await holder
  }
}

/** Resolves when a session waits for an advisory lock. */
async function waitingForLock(db: Kysely<DB>): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_locks
      where locktype = 'advisory' and not granted`.execute(db)
    if (rows.length > 0) return
  }
}

describe('a group writer', () => {
  test('writes what is given in one turn in one transaction, in order', async ({ store, db }) => {
    await using writer = createGroupWriter(store)
    const written = await Promise.all(
      Array.from({ length: 64 }, async (_, number) =>
        writer.writeMessage(`x-${number % 3}`, newMessage({ number })),
      ),
    )
    expect(await countTransactions(db)).toBe(1)
    const read = await store.getCategoryMessages('x')
    expect(read.map(({ data }) => data)).toEqual(written.map((_, number) => ({ number })))
    expect(read).toMatchObject(written)
  })

  test('lets versions that follow each other share a transaction', async ({ store, db }) => {
    await store.writeMessages('x-1', [newMessage(), newMessage()])
    await using writer = createGroupWriter(store)
    const write = async (expectedVersion: ExpectedVersion) =>
      writer.writeMessage('x-1', newMessage(), { expectedVersion })
    const outcomes = await Promise.allSettled([
      write(1n),
      write(2n),
      write(2n),
      write(3n),
      write('any'),
    ])
    expect(outcomes).toMatchObject([
      { value: { position: 2n } },
      { value: { position: 3n } },
      { reason: { code: 'WRONG_EXPECTED_VERSION', expectedVersion: 2n, actualVersion: 3n } },
      { value: { position: 4n } },
      { value: { position: 5n } },
    ])
    expect(await countTransactions(db)).toBe(2)
  })

  test('gives each its own error and writes the rest', async ({ store, db }) => {
    const taken = await store.writeMessage('y-1', newMessage())
    await using writer = createGroupWriter(store)
    const own = newMessage()
    const outcomes = await Promise.allSettled([
      writer.writeMessage('x-1', newMessage(), { expectedVersion: 'no-stream' }),
      writer.writeMessage('x-1', newMessage(), { expectedVersion: 7n }),
      writer.writeMessage('x-2', { ...newMessage(), id: taken.id }),
      writer.writeMessage('x-1', { type: '', data: 1 }),
      writer.writeMessage('x-1', { type: 'A', data: 1n }),
      writer.writeMessage('', newMessage()),
      writer.writeMessages('x-3', [newMessage(), { ...newMessage(), id: taken.id }]),
      writer.writeMessages('x-3', [newMessage(), newMessage()], { expectedVersion: 'no-stream' }),
      writer.writeMessages('x-3', [own, newMessage(), own]),
      writer.writeMessages('x-3', []),
    ])
    expect(outcomes).toMatchObject([
      { value: { position: 0n } },
      { reason: { code: 'WRONG_EXPECTED_VERSION', actualVersion: 0n, index: undefined } },
      { reason: { code: 'DUPLICATE_MESSAGE_ID', messageId: taken.id, index: undefined } },
      { reason: { code: 'INVALID_MESSAGE' } },
      { reason: { code: 'INVALID_MESSAGE', path: 'data' } },
      { reason: { code: 'INVALID_STREAM_NAME' } },
      { reason: { code: 'DUPLICATE_MESSAGE_ID', messageId: taken.id, index: 1 } },
      { value: [{ position: 0n }, { position: 1n }] },
      { reason: { code: 'DUPLICATE_MESSAGE_ID', messageId: own.id, index: 2 } },
      { value: [] },
    ])
    // Two of them have an id that is the same, so they are not in one group.
    expect(await countTransactions(db)).toBe(3)
  })

  test('what only the server can refuse fails its caller alone', async ({ store }) => {
    await using writer = createGroupWriter(store)
    // A stream name longer than an index entry may be.
    const tooLong = `x-${Array.from({ length: 4000 }, () => crypto.randomUUID()).join('')}`
    const outcomes = await Promise.allSettled([
      writer.writeMessage('x-1', newMessage()),
      writer.writeMessage(tooLong, newMessage()),
      writer.writeMessage('x-1', newMessage()),
    ])
    expect(outcomes).toMatchObject([
      { value: { position: 0n } },
      { reason: { code: '54000' } },
      { value: { position: 1n } },
    ])
  })

  test('what only the server can refuse of a lone message is told as of one alone', async ({
    db,
  }) => {
    const store = createMessageStore(db, { json: bigintJson })
    await using writer = createGroupWriter(store)
    const tooMany = newMessage({ digits: 10n ** 140_000n })
    for (const to of [writer, store]) {
      expect(await caught(to.writeMessage('x-1', tooMany))).toMatchObject({
        code: 'INVALID_MESSAGE',
        cause: { code: '22003' },
      })
    }
  })

  test('an id that comes in between, before the lock is got, fails its caller alone', async ({
    store,
    db,
  }) => {
    await using writer = createGroupWriter(store)
    const message = newMessage()
    const release = await holdLock(store, 'x-1')
    const outcomes = Promise.allSettled([
      writer.writeMessage('x-1', newMessage()),
      writer.writeMessage('x-1', message),
      writer.writeMessage('x-1', message, { idempotent: true }),
      writer.writeMessage('x-1', newMessage()),
    ])
    await waitingForLock(db)
    await store.writeMessage('y-1', message)
    await release()
    expect(await outcomes).toMatchObject([
      { value: { position: 0n } },
      { reason: { code: 'DUPLICATE_MESSAGE_ID', messageId: message.id } },
      { reason: { code: 'MESSAGE_ID_CONFLICT', differences: ['streamName'] } },
      { value: { position: 1n } },
    ])
  })

  test('an id that comes in before the lock is got is told to a lone call as it would be alone', async ({
    store,
    db,
  }) => {
    const message = newMessage()
    const other = newMessage()
    const batch = [newMessage(), message]
    // Each is the only call of its group: nobody else's failure has it tried again.
    const calls: ((to: Pick<MessageStore<DB>, 'writeMessage' | 'writeMessages'>) => unknown)[] = [
      async (to) => to.writeMessage('x-1', message, { idempotent: true }),
      async (to) => to.writeMessages('x-1', [message, other], { idempotent: true }),
      async (to) => to.writeMessage('x-1', message),
      async (to) => to.writeMessages('x-1', batch),
      async (to) => to.writeMessages('x-1', batch, { idempotent: true }),
      async (to) => to.writeMessage('x-1', { ...message, type: 'B' }, { idempotent: true }),
    ]
    const told = async (outcome: unknown): Promise<unknown> =>
      Promise.resolve(outcome).catch((error: Error) => ({
        ...(summary(error) as object),
        cause: (error.cause as { code?: string } | undefined)?.code,
      }))
    const outcomes: unknown[] = []
    for (const call of calls) {
      for (const target of ['group', 'alone']) {
        await sql`truncate message_store.messages restart identity`.execute(db)
        await using writer = createGroupWriter(store)
        const attempt = await db.startTransaction().execute()
        await store.using(attempt).writeMessages('x-1', [message, other])
        const outcome = told(call(target === 'group' ? writer : store))
        await waitingForLock(db)
        await attempt.commit().execute()
        outcomes.push(await outcome)
        expect(await store.streamVersion('x-1')).toBe(1n)
      }
    }
    const inGroup = outcomes.filter((_, index) => index % 2 === 0)
    expect(inGroup).toEqual(outcomes.filter((_, index) => index % 2 === 1))
    const { id } = message
    expect(inGroup).toMatchObject([
      { id, position: 0n },
      [{ id, position: 0n }, { position: 1n }],
      { code: 'DUPLICATE_MESSAGE_ID', messageId: id, index: undefined, cause: '23505' },
      { code: 'DUPLICATE_MESSAGE_ID', messageId: id, index: 1, cause: '23505' },
      { code: 'BATCH_PARTLY_WRITTEN', written: [1], cause: 'DUPLICATE_MESSAGE_ID' },
      { code: 'MESSAGE_ID_CONFLICT', differences: ['type'], cause: 'DUPLICATE_MESSAGE_ID' },
    ])
  })

  test('an idempotent write returns what an earlier attempt wrote', async ({ store }) => {
    await using writer = createGroupWriter(store)
    const messages = [newMessage(1), newMessage(2)]
    const write = async () =>
      writer.writeMessages('x-1', messages, { expectedVersion: 'no-stream', idempotent: true })
    const [first, second] = await Promise.all([write(), write()])
    expect(second).toEqual(first)
    expect(await write()).toEqual(first)
    const other = writer.writeMessage('x-1', { ...messages[0]!, type: 'B' }, { idempotent: true })
    expect(await caught(other)).toMatchObject({ code: 'MESSAGE_ID_CONFLICT', index: undefined })
    expect(await store.streamVersion('x-1')).toBe(1n)
  })

  test('gathers while a transaction is under way', async ({ store, db }) => {
    await using writer = createGroupWriter(store)
    const release = await holdLock(store, 'x-1')
    const first = writer.writeMessage('x-1', newMessage())
    await waitingForLock(db)
    const later: Promise<WriteResult>[] = []
    for (let number = 0; number < 10; number++) {
      later.push(writer.writeMessage('x-1', newMessage()))
      // Turns go by: what gathers them is the transaction, not the turn.
      await db.executeQuery(sql`select`.compile(db))
    }
    expect(writer.queued).toBe(10)
    await release()
    await Promise.all([first, ...later])
    expect(await countTransactions(db)).toBe(2)
    expect(writer.queued).toBe(0)
  })

  test('keeps maxBatch, but does not tear a call apart', async ({ store, db }) => {
    await using writer = createGroupWriter(store, { maxBatch: 3 })
    await Promise.all([
      ...[1, 2, 3, 4].map(async () => writer.writeMessage('x-1', newMessage())),
      writer.writeMessages('x-1', [1, 2, 3, 4].map(newMessage)),
      writer.writeMessage('x-1', newMessage()),
    ])
    const { rows } = await sql<{ messages: number }>`select count(*)::integer as messages
      from message_store.messages group by xmin order by min(global_position)`.execute(db)
    expect(rows.map(({ messages }) => messages)).toEqual([3, 1, 4, 1])
  })

  test('refuses what its queue has no room for', async ({ store, db }) => {
    await using writer = createGroupWriter(store, { maxQueue: 3 })
    const release = await holdLock(store, 'x-1')
    const first = writer.writeMessage('x-1', newMessage())
    await waitingForLock(db)
    const waiting = [
      writer.writeMessages('x-1', [newMessage(), newMessage()]),
      writer.writeMessage('y-1', newMessage()).then((result) => [result]),
    ]
    const refused = await caught(writer.writeMessage('x-1', newMessage()))
    expect(refused).toMatchObject({ code: 'WRITE_QUEUE_FULL', maxQueue: 3 })
    await release()
    await Promise.all([first, ...waiting])
    await writer.writeMessage('x-1', newMessage())
    expect(await store.streamVersion('x-1')).toBe(3n)
  })

  test('an abort takes a write out of the queue', async ({ store, db }) => {
    await using writer = createGroupWriter(store)
    const release = await holdLock(store, 'x-1')
    const controllers = [0, 1, 2, 3].map(() => new AbortController())
    const writes = controllers.map(({ signal }, number) => {
      const write = writer.writeMessage('x-1', newMessage({ number }), { signal })
      return { write, done: caught(write) }
    })
    controllers[1]!.abort('one')
    expect(await writes[1]!.done).toBe('one')
    await waitingForLock(db)
    // The first three are being written now: this one is only not waited for.
    controllers[2]!.abort('two')
    expect(await writes[2]!.done).toBe('two')
    const late = new AbortController()
    const queued = caught(writer.writeMessage('x-1', newMessage(), { signal: late.signal }))
    expect(writer.queued).toBe(1)
    late.abort('late')
    expect(await queued).toBe('late')
    expect(writer.queued).toBe(0)
    const aborted = AbortSignal.abort('before')
    expect(await caught(writer.writeMessage('x-1', newMessage(), { signal: aborted }))).toBe(
      'before',
    )
    await release()
    await Promise.all([writes[0]!.write, writes[3]!.write])
    const read = await store.getStreamMessages('x-1')
    expect(read.map(({ data }) => data)).toEqual([{ number: 0 }, { number: 2 }, { number: 3 }])
  })

  test('drains when it is closed, and takes no more', async ({ store, db }) => {
    const writer = createGroupWriter(store)
    const release = await holdLock(store, 'x-1')
    const first = writer.writeMessage('x-1', newMessage())
    await waitingForLock(db)
    const second = writer.writeMessage('x-1', newMessage())
    let closed = false
    const closing = writer.close().then(() => (closed = true))
    expect(await caught(writer.writeMessage('x-1', newMessage()))).toMatchObject({
      code: 'GROUP_WRITER_CLOSED',
    })
    expect(closed).toBe(false)
    await release()
    expect((await second).position).toBe(1n)
    await Promise.all([first, closing, writer.close()])
    expect(await store.streamVersion('x-1')).toBe(1n)
  })

  test('its signal ends it: what waits is not written', async ({ store, db }) => {
    const controller = new AbortController()
    const writer = createGroupWriter(store, { signal: controller.signal })
    const release = await holdLock(store, 'x-1')
    const first = writer.writeMessage('x-1', newMessage())
    await waitingForLock(db)
    const second = caught(writer.writeMessage('x-1', newMessage()))
    controller.abort('stop')
    expect(await second).toBe('stop')
    expect(await caught(writer.writeMessage('x-1', newMessage()))).toMatchObject({
      code: 'GROUP_WRITER_CLOSED',
    })
    await release()
    expect((await first).position).toBe(0n)
    await writer.close()
    expect(await store.streamVersion('x-1')).toBe(0n)
    const late = createGroupWriter(store, { signal: controller.signal })
    expect(await caught(late.writeMessage('x-1', newMessage()))).toMatchObject({
      code: 'GROUP_WRITER_CLOSED',
    })
  })

  test('a failure of all is told to all', async ({ store, db }) => {
    await sql`drop schema message_store cascade`.execute(db)
    await using writer = createGroupWriter(store)
    const writes = await Promise.allSettled(
      [1, 2].map(async () => writer.writeMessage('x-1', newMessage())),
    )
    const told = { reason: { code: 'MESSAGE_STORE_NOT_INSTALLED' } }
    expect(writes).toMatchObject([told, told])
  })

  test('does not mind the search_path, in any schema', async ({ store, db, database }) => {
    await sql`alter schema message_store rename to elsewhere`.execute(db)
    const moved = createMessageStore(database.connect(), { schema: 'elsewhere' })
    await using writer = createGroupWriter(moved)
    expect((await writer.writeMessage('x-1', newMessage())).position).toBe(0n)
    expect(await caught(store.streamVersion('x-1'))).toMatchObject({ schema: 'message_store' })
  })

  test('is refused in a transaction, and with limits that are none', async ({ store, db }) => {
    await db.transaction().execute(async (trx) => {
      expect(() => createGroupWriter(store.using(trx))).toThrow(/a store that is in none/)
    })
    for (const options of [{ maxQueue: 0 }, { maxBatch: 1.5 }, { maxBatch: Number.NaN }]) {
      const [option] = Object.keys(options)
      expect(() => createGroupWriter(store, options as GroupWriterOptions)).toThrow(
        expect.objectContaining({ code: 'INVALID_OPTION', option }),
      )
    }
  })
})

describe('when the connection is lost', () => {
  test('nobody is told of success, and the outcome can be found out', async ({
    database,
    store,
  }) => {
    await using line = await lossyStore(database.connectionString!)
    for (const loss of ['answer', 'question'] as const) {
      await using writer = createGroupWriter(line.store)
      const messages = Array.from({ length: 20 }, (_, number) => newMessage({ loss, number }))
      if (loss === 'answer') line.loseNextAnswer()
      else line.loseNextQuestion()
      const write = async (message: NewMessage & { id: string }) =>
        writer.writeMessage(`${loss}-1`, message)
      const errors = await Promise.all(messages.map(async (message) => caught(write(message))))
      for (const [index, error] of errors.entries()) {
        expect(error).toBeInstanceOf(WriteOutcomeUnknownError)
        expect(error).toMatchObject({ messageIds: [messages[index]!.id], streamName: `${loss}-1` })
      }
      expect(await store.getStreamMessages(`${loss}-1`)).toHaveLength(loss === 'answer' ? 20 : 0)
      const again = await Promise.all(
        messages.map(async (message) =>
          writer.writeMessage(`${loss}-1`, message, { idempotent: true }),
        ),
      )
      expect(again.map(({ position }) => Number(position))).toEqual(
        messages.map((_, index) => index),
      )
      expect(await store.getStreamMessages(`${loss}-1`)).toHaveLength(20)
    }
  })

  test('a writer that tries again writes each message once, in the order of its stream', async ({
    database,
    store,
  }) => {
    await using line = await lossyStore(database.connectionString!)
    await using writer = createGroupWriter(line.store, { maxBatch: 10 })
    let round = 0
    const ids = new Map<string, string[]>()
    const writeAll = async (streamName: string): Promise<void> => {
      const own: string[] = []
      ids.set(streamName, own)
      for (let number = 0; number < 15; number++) {
        const message = newMessage({ number })
        const expectedVersion = BigInt(number - 1)
        for (;;) {
          // Each seventh attempt loses the next answer or question, whosever it is.
          round += 1
          if (round % 7 === 0) line.loseNextAnswer()
          if (round % 7 === 3) line.loseNextQuestion()
          const error = await caught(
            writer.writeMessage(streamName, message, { expectedVersion, idempotent: true }),
          )
          if (error === undefined) break
          // Looking up an earlier attempt may lose its connection too.
          expect(error).not.toMatchObject({ code: 'WRONG_EXPECTED_VERSION' })
        }
        own.push(message.id)
      }
    }
    await Promise.all(['x-1', 'x-2', 'x-3', 'y-1', 'y-2'].map(writeAll))
    expect(line.lost).toBeGreaterThan(5)
    for (const [streamName, own] of ids) {
      const read = await store.getStreamMessages(streamName)
      expect(read.map(({ id }) => id)).toEqual(own)
    }
  })

  test('a connection that was never got leaves nothing open', async ({ server }) => {
    const { Kysely, PostgresDialect } = await import('kysely')
    const { default: pg } = await import('pg')
    expect(server.backend).toBe('embedded')
    const pool = new pg.Pool({ host: '127.0.0.1', port: 1 })
    const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
    await using writer = createGroupWriter(createMessageStore(db))
    expect(await caught(writer.writeMessage('x-1', newMessage()))).toMatchObject({
      code: 'ECONNREFUSED',
    })
    await db.destroy()
  })

  test.for([
    ['23505', 'of one'],
    ['22P05', 'of one'],
    ['P0001', 'of one'],
    ['40P01', 'of one'],
    ['54000', 'of one'],
    ['57014', 'of all'],
    ['53100', 'of all'],
    ['25006', 'of all'],
    ['57P01', 'unknown'],
    ['57P02', 'unknown'],
    ['08006', 'unknown'],
    ['ECONNRESET', 'unknown'],
    ['EPIPE', 'unknown'],
    [undefined, 'unknown'],
  ])('error %s is %s', ([code, failure]) => {
    expect(judge(Object.assign(new Error('failed'), { code }))).toBe(failure)
  })
})

interface Call {
  readonly streamName: string
  readonly size: number
  readonly expected: 'any' | 'right' | 'wrong' | 'no-stream'
  readonly id: 'new' | 'used' | 'same'
  readonly idempotent: boolean
  /** Whether the calls before it are waited for. */
  readonly settled: boolean
}

const call: fc.Arbitrary<Call> = fc.record({
  streamName: fc.constantFrom('x-1', 'x-2', 'x-3'),
  size: fc.constantFrom(1, 1, 1, 2, 3),
  expected: fc.constantFrom('any', 'any', 'right', 'right', 'wrong', 'no-stream'),
  id: fc.constantFrom('new', 'new', 'new', 'used', 'same'),
  idempotent: fc.boolean(),
  settled: fc.nat(5).map((number) => number === 0),
})

test(
  'whatever comes together, each call ends as it would alone and in order',
  { timeout: 90_000 },
  async ({ store, db }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 30 }),
        fc.integer({ min: 1, max: 8 }),
        async (calls, maxBatch) => {
          await sql`truncate message_store.messages restart identity`.execute(db)
          const planned = plan(calls)
          await using writer = createGroupWriter(store, { maxBatch })
          const outcomes: Promise<unknown>[] = []
          for (const { streamName, messages, expectedVersion, idempotent, settled } of planned) {
            if (settled) await Promise.all(outcomes)
            const write = writer.writeMessages(streamName, messages, {
              expectedVersion,
              idempotent,
            })
            outcomes.push(write.then(summary, summary))
          }
          const grouped = await Promise.all(outcomes)
          const left = await contents(db)

          await sql`truncate message_store.messages restart identity`.execute(db)
          const alone: unknown[] = []
          for (const { streamName, messages, expectedVersion, idempotent } of planned) {
            const write = store.writeMessages(streamName, messages, { expectedVersion, idempotent })
            alone.push(await write.then(summary, summary))
          }
          expect(grouped).toEqual(alone)
          expect(left).toEqual(await contents(db))
        },
      ),
      { numRuns: 30 },
    )
  },
)

test(
  'whatever another writer commits while a group waits for the lock, each call ends as it would after it',
  { timeout: 90_000 },
  async ({ store, db }) => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { minLength: 1, maxLength: 8 }),
        fc.integer({ min: 1, max: 8 }),
        fc.nat(),
        async (calls, maxBatch, which) => {
          const planned = plan(calls)
          const { streamName, messages } = planned[which % planned.length] as Planned
          const write = async (
            to: Pick<MessageStore<DB>, 'writeMessages'>,
            { streamName: name, messages: own, expectedVersion, idempotent }: Planned,
          ): Promise<unknown> =>
            to.writeMessages(name, own, { expectedVersion, idempotent }).then(summary, summary)

          await sql`truncate message_store.messages restart identity`.execute(db)
          await using writer = createGroupWriter(store, { maxBatch })
          const foreign = await db.startTransaction().execute()
          await store.using(foreign).writeMessages(streamName, messages)
          const grouped = planned.map(async (one) => write(writer, one))
          await waitingForLock(db)
          await foreign.commit().execute()
          const outcomes = await Promise.all(grouped)
          const left = await contents(db)

          await sql`truncate message_store.messages restart identity`.execute(db)
          await store.writeMessages(streamName, messages)
          const alone: unknown[] = []
          for (const one of planned) alone.push(await write(store, one))
          expect(outcomes).toEqual(alone)
          expect(left).toEqual(await contents(db))
        },
      ),
      { numRuns: 30 },
    )
  },
)

interface Planned {
  readonly streamName: string
  readonly messages: (NewMessage & { id: string })[]
  readonly expectedVersion: ExpectedVersion
  readonly idempotent: boolean
  readonly settled: boolean
}

// A guess of the versions is enough: what is right by it is often right, and often not.
function plan(calls: readonly Call[]): Planned[] {
  const versions = new Map<string, bigint>()
  const planned: Planned[] = []
  for (const { streamName, size, expected, id, idempotent, settled } of calls) {
    const version = versions.get(streamName) ?? -1n
    const earlier = planned.at(-1)
    if (id === 'same' && earlier !== undefined) {
      planned.push({ ...earlier, idempotent: true, settled })
      continue
    }
    const messages: Planned['messages'] = Array.from({ length: size }, newMessage)
    if (id === 'used' && earlier !== undefined)
      messages[size - 1] = { ...newMessage(), id: earlier.messages[0]!.id }
    const expectedVersion =
      expected === 'right' ? version : expected === 'wrong' ? version + 1n : expected
    planned.push({ streamName, messages, expectedVersion, idempotent, settled })
    if (expected === 'right' || expected === 'any') versions.set(streamName, version + BigInt(size))
  }
  return planned
}

function summary(outcome: WriteResult[] | Error): unknown {
  if (!(outcome instanceof Error)) return outcome
  const { code, expectedVersion, actualVersion, messageId, index, differences, written } =
    outcome as unknown as Record<string, unknown>
  return { code, expectedVersion, actualVersion, messageId, index, differences, written }
}

async function contents(db: Kysely<DB>): Promise<unknown> {
  const { rows } = await sql`select id, stream_name, position, type, data
    from message_store.messages order by global_position`.execute(db)
  return rows
}
