import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  BatchPartlyWrittenError,
  DuplicateMessageIdError,
  InvalidMessageIdError,
  MessageIdConflictError,
  type MessageStore,
  type MessageStoreDatabase,
  type NewMessage,
  WrongExpectedVersionError,
} from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'

type DB = MessageStoreDatabase

const idempotent = true
const newMessage = (data: unknown = {}, metadata?: unknown) => ({
  id: crypto.randomUUID(),
  type: 'A',
  data,
  metadata,
})
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )
const countMessages = async (db: Kysely<DB>): Promise<number> => {
  const { rows } = await sql`select from message_store.messages`.execute(db)
  return rows.length
}

type InStore = <T>(
  store: MessageStore<DB>,
  use: (store: MessageStore<DB>) => Promise<T>,
) => Promise<T>

const places: [string, InStore][] = [
  ['alone', async (store, use) => use(store)],
  [
    'in a transaction',
    async (store, use) => store.db.transaction().execute(async (trx) => use(store.using(trx))),
  ],
]

export function idempotencyContract(test: MessageStoreTest): void {
  describe.for(places)('an idempotent write %s', ([, inStore]) => {
    test('of what is there returns its position, whatever was expected', async ({ store, db }) => {
      await store.writeMessage('x-1', newMessage())
      const message = newMessage({ delay: 12 }, { by: 'me' })
      const options = { expectedVersion: 0n, idempotent }
      const first = await inStore(store, async (s) => s.writeMessage('x-1', message, options))
      await store.writeMessage('x-1', newMessage())
      for (const expectedVersion of [0n, 'any', 'no-stream', 2n, 7n] as const) {
        const again = await inStore(store, async (s) =>
          s.writeMessage('x-1', message, { expectedVersion, idempotent }),
        )
        expect(again).toEqual(first)
      }
      expect(first.position).toBe(1n)
      expect(await countMessages(db)).toBe(3)
    })

    test('of batches too', async ({ store, db }) => {
      const messages = [newMessage(1), newMessage(2), newMessage(3)]
      const write = async (s: MessageStore<DB>) =>
        s.writeMessages('x-1', messages, { expectedVersion: 'no-stream', idempotent })
      const first = await inStore(store, write)
      expect(await inStore(store, write)).toEqual(first)
      const entries = ['y-1', 'z-1', 'y-1'].map((streamName, index) => ({
        streamName,
        message: newMessage(),
        expectedVersion: index === 0 ? ('no-stream' as const) : undefined,
      }))
      const writeAll = async (s: MessageStore<DB>) => s.writeToStreams(entries, { idempotent })
      const firstOfAll = await inStore(store, writeAll)
      expect(await inStore(store, writeAll)).toEqual(firstOfAll)
      expect(firstOfAll.map(({ position }) => position)).toEqual([0n, 0n, 1n])
      expect(await countMessages(db)).toBe(6)
    })

    test('compares as jsonb: keys in any order, numbers as their value', async ({ store }) => {
      const id = crypto.randomUUID()
      const data = { a: 1, b: [1, { c: null }] }
      const same = { b: [1.0, { c: null }], a: 1, d: undefined }
      const metadata = { x: 1, y: 2 }
      await store.writeMessage('x-1', { id, type: 'A', data, metadata })
      const again = { id: id.toUpperCase(), type: 'A', data: same, metadata: { y: 2, x: 1 } }
      const written = await inStore(store, async (s) =>
        s.writeMessage('x-1', again, { idempotent }),
      )
      expect(written).toEqual({ id, streamName: 'x-1', position: 0n })
    })

    test.for<[string, Partial<NewMessage>, string, string[]]>([
      ['stream', {}, 'x-2', ['streamName']],
      ['stream of another category', {}, 'y-1', ['streamName']],
      ['type', { type: 'B' }, 'x-1', ['type']],
      ['data', { data: { a: 2 } }, 'x-1', ['data']],
      ['data that is JSON null', { data: null }, 'x-1', ['data']],
      ['data that is SQL NULL', { data: undefined }, 'x-1', ['data']],
      ['metadata', { metadata: { b: 1 } }, 'x-1', ['metadata']],
      ['metadata that is JSON null', { metadata: null }, 'x-1', ['metadata']],
      [
        'everything',
        { type: 'B', data: 1, metadata: 1 },
        'x-2',
        ['streamName', 'type', 'data', 'metadata'],
      ],
    ])(
      'refuses another %s under the same id',
      async ([, change, name, differences], { store, db }) => {
        const id = crypto.randomUUID()
        const message = { id, type: 'A', data: { a: 1 } }
        await store.writeMessage('x-1', message)
        const other = { ...message, ...change }
        const about = { code: 'MESSAGE_ID_CONFLICT', messageId: id, differences }
        for (const expectedVersion of ['any', 'no-stream', 5n] as const) {
          const options = { expectedVersion, idempotent }
          const single = await caught(
            inStore(store, async (s) => s.writeMessage(name, other, options)),
          )
          expect(single).toBeInstanceOf(MessageIdConflictError)
          expect(single).toMatchObject({ ...about, index: undefined })
          const messages = [newMessage(), other]
          const batch = await caught(
            inStore(store, async (s) => s.writeMessages(name, messages, options)),
          )
          expect(batch).toMatchObject({ ...about, index: 1 })
        }
        expect(await countMessages(db)).toBe(1)
      },
    )

    test('refuses a batch of which a part is there', async ({ store, db }) => {
      const messages = [newMessage(0), newMessage(1), newMessage(2)]
      await store.writeMessage('x-1', messages[1]!)
      const error = await caught(
        inStore(store, async (s) => s.writeMessages('x-1', messages, { idempotent })),
      )
      expect(error).toBeInstanceOf(BatchPartlyWrittenError)
      expect(error).toMatchObject({ written: [1], missing: [0, 2] })
      expect(await countMessages(db)).toBe(1)
    })

    test('refuses a batch that was written in another way', async ({ store, db }) => {
      const messages = [newMessage(0), newMessage(1)]
      await store.writeMessage('x-1', messages[0]!)
      await store.writeMessage('x-1', newMessage())
      await store.writeMessage('x-1', messages[1]!)
      const error = await caught(
        inStore(store, async (s) => s.writeMessages('x-1', messages, { idempotent })),
      )
      expect(error).toMatchObject({
        code: 'MESSAGE_ID_CONFLICT',
        differences: ['position'],
        index: 1,
      })
      expect(await countMessages(db)).toBe(3)
    })

    test('is refused by the version when it was not there', async ({ store }) => {
      await store.writeMessage('x-1', newMessage())
      const options = { expectedVersion: 'no-stream', idempotent } as const
      const write = async (s: MessageStore<DB>) => s.writeMessage('x-1', newMessage(), options)
      expect(await caught(inStore(store, write))).toBeInstanceOf(WrongExpectedVersionError)
    })

    test('needs an id', async ({ store, db }) => {
      const message = { type: 'A', data: 1 }
      const single = await caught(
        inStore(store, async (s) => s.writeMessage('x-1', message, { idempotent })),
      )
      expect(single).toBeInstanceOf(InvalidMessageIdError)
      const messages = [newMessage(), message]
      const batch = await caught(
        inStore(store, async (s) => s.writeMessages('x-1', messages, { idempotent })),
      )
      expect(batch).toMatchObject({ code: 'INVALID_MESSAGE_ID', index: 1 })
      expect(await countMessages(db)).toBe(0)
    })
  })

  test('a repeated write does not end the transaction', async ({ store, db }) => {
    const message = newMessage()
    await store.writeMessage('x-1', message, { expectedVersion: 'no-stream' })
    await db.transaction().execute(async (trx) => {
      await sql`set local search_path to pg_catalog`.execute(trx)
      const inside = store.using(trx)
      await inside.writeMessage('x-1', message, { expectedVersion: 'no-stream', idempotent })
      const other = { ...message, type: 'B' }
      expect(await caught(inside.writeMessage('x-1', other, { idempotent }))).toMatchObject({
        code: 'MESSAGE_ID_CONFLICT',
      })
      await inside.writeMessage('x-1', newMessage(), { expectedVersion: 0n, idempotent })
      const { rows } = await sql`show search_path`.execute(trx)
      expect(rows).toEqual([{ search_path: 'pg_catalog' }])
    })
    expect(await store.streamVersion('x-1')).toBe(1n)
  })

  test('in a transaction begun as plain SQL the first refusal is what is thrown', async ({
    store,
    db,
  }) => {
    const message = newMessage()
    await store.writeMessage('x-1', message)
    await db.connection().execute(async (connection) => {
      await sql`begin`.execute(connection)
      const write = store.using(connection).writeMessage('x-1', message, { idempotent })
      expect(await caught(write)).toBeInstanceOf(DuplicateMessageIdError)
      await sql`rollback`.execute(connection)
    })
  })

  test('any sequence of attempts leaves what one attempt of each leaves', async ({ store, db }) => {
    const attempt = fc.record({
      batch: fc.nat(4),
      expect: fc.boolean(),
      inTransaction: fc.boolean(),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(attempt, { maxLength: 10 }), async (attempts) => {
        await sql`truncate message_store.messages`.execute(db)
        const batches = Array.from({ length: 5 }, (_, number) =>
          Array.from({ length: (number % 3) + 1 }, (_, at) => newMessage({ number, at })),
        )
        const firsts = new Map<number, unknown>()
        let version = -1n
        for (const { batch, expect: expects, inTransaction } of attempts) {
          const messages = batches[batch]!
          const write = async (s: MessageStore<DB>) =>
            s.writeMessages('x-1', messages, {
              expectedVersion: expects ? version : 'any',
              idempotent,
            })
          const inStore = places[inTransaction ? 1 : 0]![1]
          const written = await inStore(store, write)
          expect(firsts.get(batch) ?? written).toEqual(written)
          if (!firsts.has(batch)) version += BigInt(messages.length)
          firsts.set(batch, written)
        }
        const expected = [...firsts.keys()].flatMap((batch) => batches[batch]!.map(({ id }) => id))
        const read = await store.getStreamMessages('x-1')
        expect(read.map(({ id }) => id)).toEqual(expected)
      }),
      { numRuns: 40 },
    )
  })
}

/** What needs several connections. */
export function concurrentIdempotencyContract(test: MessageStoreTest): void {
  test.for(places)(
    'identical writes at once %s: one writes, all are told where',
    async ([, inStore], { store, db }) => {
      for (let round = 0; round < 15; round++) {
        const message = newMessage({ round })
        const writes = await Promise.all(
          Array.from({ length: 6 }, async (_, writer) =>
            inStore(store, async (s) =>
              s.writeMessage('x-1', message, {
                expectedVersion: writer % 2 === 0 ? BigInt(round - 1) : 'any',
                idempotent,
              }),
            ),
          ),
        )
        expect(new Set(writes.map(({ position }) => position))).toEqual(new Set([BigInt(round)]))
      }
      expect(await countMessages(db)).toBe(15)
    },
  )

  test.for(['repeatable read', 'serializable'] as const)(
    'a %s transaction does not see an attempt that is younger than its snapshot: it is run again',
    async (level, { store, db }) => {
      const message = newMessage()
      let attempts = 0
      const write = async () =>
        db
          .transaction()
          .setIsolationLevel(level)
          .execute(async (trx) => {
            const inside = store.using(trx)
            await inside.streamVersion('x-1')
            if (attempts++ === 0) await store.writeMessage('x-1', message)
            return inside.writeMessage('x-1', message, { idempotent })
          })
      expect(await caught(write())).toBeInstanceOf(DuplicateMessageIdError)
      expect(await write()).toMatchObject({ position: 0n })
      expect(await countMessages(db)).toBe(1)
    },
  )

  test.for(places)(
    'an attempt %s waits for the first one that is still under way',
    async ([, inStore], { store, db }) => {
      for (const commits of [true, false]) {
        const message = newMessage({ commits })
        const written = Promise.withResolvers<void>()
        const go = Promise.withResolvers<void>()
        const first = caught(
          db.transaction().execute(async (trx) => {
            await store.using(trx).writeMessage('x-1', message)
            written.resolve()
            await go.promise
            if (!commits) throw new Error('rolled back')
          }),
        )
        await written.promise
        const version = (await store.streamVersion('x-1')) ?? -1n
        const second = inStore(store, async (s) =>
          s.writeMessage('x-1', message, { expectedVersion: version, idempotent }),
        )
        await waitingForLock(db)
        go.resolve()
        await first
        expect((await second).position).toBe(version + 1n)
        expect(await store.streamVersion('x-1')).toBe(version + 1n)
      }
    },
  )
}

/** Resolves when a session waits for an advisory lock. */
async function waitingForLock(db: Kysely<DB>): Promise<void> {
  for (;;) {
    const { rows } = await sql`select from pg_locks
      where locktype = 'advisory' and not granted`.execute(db)
    if (rows.length > 0) return
  }
}
