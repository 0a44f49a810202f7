import { type RawBuilder, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  type Condition,
  ConditionsNotActivatedError,
  createMessageStore,
  DuplicateMessageIdError,
  InvalidConditionError,
  MessageStoreError,
  MessageStoreNotInstalledError,
  MessageStorePermissionError,
  translateError,
  WrongExpectedVersionError,
} from '@mdb/core'
import { getCategoryMessages, getStreamMessages, writeMessage } from '@mdb/core/functions'
import { createConsumerGroupIndex, installMessageStore } from '@mdb/core/migration'
import type { MessageStoreTest } from '../support.ts'
import { collect } from '../support/collect.ts'

const message = { type: 'A', data: 1 }
const caught = async (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => undefined,
    (error: unknown) => error,
  )

export function errorsContract(test: MessageStoreTest): void {
  describe('what the server refuses', () => {
    test('a wrong version says which stream, what was expected and what is', async ({ store }) => {
      await store.writeMessage('x-(1), Stream', message)
      const error = await caught(
        store.writeMessage('x-(1), Stream', message, { expectedVersion: 4n }),
      )
      expect(error).toBeInstanceOf(WrongExpectedVersionError)
      expect(error).toBeInstanceOf(MessageStoreError)
      expect(error).toMatchObject({
        code: 'WRONG_EXPECTED_VERSION',
        name: 'WrongExpectedVersionError',
        streamName: 'x-(1), Stream',
        expectedVersion: 4n,
        actualVersion: 0n,
        message:
          'Stream "x-(1), Stream" is at version 0, not at version 4 as expected. Read the stream again and decide anew.',
        cause: { code: 'P0001' },
      })
    })

    test('no stream where a version was expected, and the other way round', async ({ store }) => {
      expect(
        await caught(store.writeMessage('x-1', message, { expectedVersion: 0n })),
      ).toMatchObject({ expectedVersion: 0n, actualVersion: 'no-stream' })
      await store.writeMessage('x-1', message)
      expect(
        await caught(store.writeMessage('x-1', message, { expectedVersion: 'no-stream' })),
      ).toMatchObject({ expectedVersion: 'no-stream', actualVersion: 0n })
    })

    test('a duplicate id says which', async ({ store }) => {
      const { id } = await store.writeMessage('x-1', message)
      const error = await caught(store.writeMessage('y-1', { ...message, id }))
      expect(error).toBeInstanceOf(DuplicateMessageIdError)
      expect(error).toMatchObject({
        code: 'DUPLICATE_MESSAGE_ID',
        messageId: id,
        cause: { code: '23505' },
      })
    })

    test('the version is checked before the id', async ({ store }) => {
      const written = { ...message, id: crypto.randomUUID() }
      await store.writeMessage('x-1', written, { expectedVersion: 'no-stream' })
      const retry = store.writeMessage('x-1', written, { expectedVersion: 'no-stream' })
      expect(await caught(retry)).toBeInstanceOf(WrongExpectedVersionError)
      const unchecked = store.writeMessage('x-1', written)
      expect(await caught(unchecked)).toBeInstanceOf(DuplicateMessageIdError)
    })

    test('a database without Message DB', async ({ db, store }) => {
      await sql`drop schema message_store cascade`.execute(db)
      const calls = [
        async () => store.streamVersion('x-1'),
        async () => store.writeMessage('x-1', message),
        async () => store.getStreamMessages('x-1'),
        async () => store.getCategoryMessages('x'),
        async () => store.getLastStreamMessage('x-1'),
        async () => store.messageStoreVersion(),
      ]
      for (const call of calls) {
        const error = await caught(call())
        expect(error).toBeInstanceOf(MessageStoreNotInstalledError)
        expect(error).toMatchObject({
          code: 'MESSAGE_STORE_NOT_INSTALLED',
          message: expect.stringContaining('installMessageStore(db) from @mdb/core/migration'),
        })
      }
    })

    test('a database with a part of Message DB', async ({ db, store }) => {
      await sql`drop table message_store.messages cascade`.execute(db)
      const error = await caught(store.streamVersion('x-1'))
      expect(error).toBeInstanceOf(MessageStoreNotInstalledError)
    })

    test('a role without grants', async ({ db, store }) => {
      await sql`drop role if exists stranger`.execute(db)
      await sql`create role stranger`.execute(db)
      try {
        const inRole = async (use: (inside: typeof store) => Promise<unknown>): Promise<unknown> =>
          caught(
            db.transaction().execute(async (trx) => {
              await sql`set local role stranger`.execute(trx)
              return use(store.using(trx))
            }),
          )
        const noSchema = await inRole(async (inside) => inside.streamVersion('x-1'))
        await sql`grant usage on schema message_store to stranger`.execute(db)
        const noTable = await inRole(async (inside) => inside.streamVersion('x-1'))
        await sql`revoke usage on schema message_store from stranger`.execute(db)
        for (const error of [noSchema, noTable]) {
          expect(error).toBeInstanceOf(MessageStorePermissionError)
          expect(error).toMatchObject({
            code: 'MESSAGE_STORE_PERMISSION',
            message: expect.stringContaining('GRANT message_store TO'),
            cause: { code: '42501' },
          })
        }
      } finally {
        await sql`drop role stranger`.execute(db)
      }
    })

    test('a condition where conditions are off', async ({ store }) => {
      const condition = sql<boolean>`true`
      const calls = [
        async () => store.getStreamMessages('x-1', { condition }),
        async () => store.getCategoryMessages('x', { condition }),
        async () => collect(store.readStream('x-1', { condition, direction: 'backward' })),
        async () => collect(store.readCategory('x', { condition, direction: 'backward' })),
      ]
      for (const call of calls) {
        const error = await caught(call())
        expect(error).toBeInstanceOf(ConditionsNotActivatedError)
        expect(error).toMatchObject({
          code: 'CONDITIONS_NOT_ACTIVATED',
          message: expect.stringContaining('message_store.sql_condition'),
        })
      }
    })

    test('a condition that the server does not understand', async ({ db, store }) => {
      await db.transaction().execute(async (trx) => {
        await sql`set local message_store.sql_condition = 'on'`.execute(trx)
        await sql`savepoint before`.execute(trx)
        for (const condition of [
          sql<boolean>`no_such_column = 1`,
          sql<boolean>`no_such_function(data)`,
          sql<boolean>`data->>'x' = = 1`,
          sql<boolean>`(data->>'x')::int = 1 or 'x'::int = 1`,
        ]) {
          const error = await caught(store.using(trx).getCategoryMessages('x', { condition }))
          await sql`rollback to savepoint before`.execute(trx)
          expect(error).toBeInstanceOf(InvalidConditionError)
          expect(error).toMatchObject({ code: 'INVALID_CONDITION' })
        }
      })
    })

    test('what a condition or a query of your own does not find is not Message DB', async ({
      db,
      store,
    }) => {
      await db.transaction().execute(async (trx) => {
        await sql`set local message_store.sql_condition = 'on'`.execute(trx)
        await sql`savepoint before`.execute(trx)
        const failure = async (call: Promise<unknown>): Promise<unknown> => {
          const error = await caught(call)
          await sql`rollback to savepoint before`.execute(trx)
          return error
        }
        const inside = store.using(trx)
        const unknown: [Condition, boolean[]][] = [
          [(eb) => eb(eb.fn('category', ['stream_name']), '=', 'x'), [true]],
          [sql<boolean>`exists (select from messages)`, [true]],
          [(eb) => eb(eb.fn('hash_64', ['data']), '=', 1), [true, false]],
          [sql<boolean>`message_store.hash_64(data) = 1`, [true, false]],
          [sql<boolean>`exists (select from archive.messages)`, [true, false]],
          [sql<boolean>`archive.category(stream_name) = 'x'`, [true, false]],
          [sql<boolean>`messages.stream_name = messages_.id`, [true, false]],
        ]
        for (const [condition, activations] of unknown) {
          for (const activateCondition of activations) {
            const options = { condition, activateCondition }
            const pages = inside.readStream('x-1', { ...options, direction: 'backward' })
            const error = await failure(inside.getCategoryMessages('x', options))
            expect(error).toBeInstanceOf(InvalidConditionError)
            if (activateCondition) {
              expect(await failure(collect(pages))).toBeInstanceOf(InvalidConditionError)
            }
          }
        }
        for (const name of ['archive.messages', 'messages', 'old_messages']) {
          const error = await failure(inside.getMessages(sql`(select * from ${sql.table(name)})`))
          expect(error).not.toBeInstanceOf(MessageStoreError)
          expect(error).toMatchObject({ code: '42P01' })
        }
      })
    })

    test('a database without Message DB, for a condition and a query of your own', async ({
      db,
      store,
    }) => {
      const condition = sql<boolean>`true`
      const calls = [
        async () => store.getStreamMessages('x-1', { condition }),
        async () => store.getCategoryMessages('x', { condition, activateCondition: true }),
        async () => collect(store.readCategory('x', { direction: 'backward' })),
        async () => store.getMessages(getCategoryMessages('x')),
        async () => store.getMessages(sql`(select * from message_store.messages)`),
      ]
      const expectNotInstalled = async (): Promise<void> => {
        for (const call of calls) {
          expect(await caught(call())).toBeInstanceOf(MessageStoreNotInstalledError)
        }
      }
      await sql`drop schema message_store cascade`.execute(db)
      await expectNotInstalled()
      await sql`create schema message_store`.execute(db)
      await expectNotInstalled()
    })

    test('what only the server can see in an expression', async ({ db }) => {
      const category = (options: string) =>
        sql`select * from message_store.get_category_messages('x', ${sql.raw(options)})`
      const write = (values: string) => sql`select message_store.write_message(${sql.raw(values)})`
      const id = crypto.randomUUID()
      const refused: [RawBuilder<unknown>, object][] = [
        [
          sql`select * from ${getStreamMessages(sql.val('x'))} as message`,
          { code: 'NOT_A_STREAM_NAME', streamName: 'x' },
        ],
        [
          sql`select * from ${getCategoryMessages(sql.val('x-1'))} as message`,
          { code: 'NOT_A_CATEGORY', category: 'x-1' },
        ],
        [
          sql`select * from ${getCategoryMessages('x', { correlation: sql.val('y-(1)') })} as message`,
          { code: 'CORRELATION_NOT_A_CATEGORY', correlation: 'y-(1)' },
        ],
        [
          category('consumer_group_member => 0'),
          { code: 'INVALID_CONSUMER_GROUP', problem: 'incomplete', member: '0' },
        ],
        [
          category('consumer_group_member => 0, consumer_group_size => 0'),
          { problem: 'size too small', member: '0', size: '0' },
        ],
        [
          category('consumer_group_member => -1, consumer_group_size => 2'),
          { problem: 'negative member', member: '-1', size: '2' },
        ],
        [
          category('consumer_group_member => 2, consumer_group_size => 2'),
          { problem: 'member not below size', member: '2', size: '2' },
        ],
        [category('batch_size => -2'), { code: 'INVALID_BATCH_SIZE' }],
        [write(`'${id}', 'x-1', null, '1'`), { code: 'INVALID_MESSAGE' }],
        [write(`'${id}', 'x-1', 'A', '"\\u0000"'`), { code: 'INVALID_MESSAGE' }],
        [
          sql`select ${writeMessage('x-1', message, { expectedVersion: 4n })}`,
          { code: 'WRONG_EXPECTED_VERSION', streamName: 'x-1', expectedVersion: 4n },
        ],
      ]
      await db.transaction().execute(async (trx) => {
        await sql`set local search_path to message_store, public`.execute(trx)
        await sql`savepoint before`.execute(trx)
        for (const [query, expected] of refused) {
          const error = await caught(query.execute(trx))
          await sql`rollback to savepoint before`.execute(trx)
          const translated = translateError(error)
          expect(translated).toBeInstanceOf(MessageStoreError)
          expect(translated).toMatchObject({ ...expected, cause: error })
        }
        const tooLarge = await caught(
          category('consumer_group_member => 0, consumer_group_size => 32768').execute(trx),
        )
        const consumerGroup = { member: 0, size: 32_768 }
        expect(translateError(tooLarge, { consumerGroup })).toMatchObject({
          problem: 'size too large',
        })
        await sql`rollback to savepoint before`.execute(trx)
        const badId = await caught(write(`'abc', 'x-1', 'A', '1'`).execute(trx))
        expect(translateError(badId, { messageId: 'abc' })).toMatchObject({
          code: 'INVALID_MESSAGE_ID',
        })
        await sql`rollback to savepoint before`.execute(trx)
      })
      expect(translateError('no error')).toBe('no error')
    })

    test('what is not of Message DB comes as it is', async ({ db, store }) => {
      const failed = db.transaction().execute(async (trx) => {
        await sql`select * from no_such_table`.execute(trx).catch(() => undefined)
        return store.using(trx).streamVersion('x-1')
      })
      const error = await caught(failed)
      expect(error).not.toBeInstanceOf(MessageStoreError)
      expect(error).toMatchObject({ code: '25P02' })
    })

    test('a schema that is not there, and what makes it', async ({ db }) => {
      await sql`drop schema message_store cascade`.execute(db)
      const store = createMessageStore(db, { schema: 'Events' })
      const error = (await caught(store.messageStoreVersion())) as MessageStoreNotInstalledError
      expect(error).toMatchObject({ code: 'MESSAGE_STORE_NOT_INSTALLED', schema: 'Events' })
      const [command = ''] = /ALTER SCHEMA .*?;/.exec(error.message) ?? []
      expect(error.message).toContain('installMessageStore(db) from @mdb/core/migration')

      await installMessageStore(db)
      await sql.raw(command).execute(db)
      await store.writeMessage('x-1', message, { expectedVersion: 'no-stream' })
      expect(await store.getStreamMessages('x-1')).toHaveLength(1)
      expect(await store.getCategoryMessages('x')).toHaveLength(1)
      const group = { member: 0, size: 1 }
      expect(await store.getCategoryMessages('x', { consumerGroup: group })).toHaveLength(1)
      expect(await store.getLastStreamMessage('x-1')).toMatchObject({ type: 'A' })
      expect(await store.messageStoreVersion()).toBe('1.3.0')
    })

    test('a consumer-group index moves along, once its function has the path', async ({ db }) => {
      await createConsumerGroupIndex(db, { size: 2, concurrently: false })
      await sql`alter schema message_store rename to events`.execute(db)
      const moved = createMessageStore(db, { schema: 'events' })
      await sql`alter function events.cardinal_id(varchar)
        set search_path = events, pg_temp`.execute(db)
      await moved.writeMessage('x-1', message)
      const pages = [0, 1].map(async (member) =>
        moved.getCategoryMessages('x', { consumerGroup: { member, size: 2 } }),
      )
      expect((await Promise.all(pages)).flat()).toHaveLength(1)
    })
  })
}

/** What needs a session of its own, which a proxy in transaction mode does not give. */
export function sessionErrorsContract(test: MessageStoreTest): void {
  test('a role without grants, by its name where it can be asked for', async ({ db }) => {
    await sql`drop role if exists "Odd ""one"`.execute(db)
    await sql`create role "Odd ""one"`.execute(db)
    // One session, outside a transaction, in another role.
    await db.connection().execute(async (session) => {
      await sql`set role "Odd ""one"`.execute(session)
      const error = await caught(createMessageStore(session).streamVersion('x-1'))
      await sql`reset role`.execute(session)
      expect(error).toBeInstanceOf(MessageStorePermissionError)
      expect(error).toMatchObject({
        role: 'Odd "one',
        command: 'GRANT message_store TO "Odd ""one";',
        message: expect.stringMatching(
          /As a superuser or a role with ADMIN on message_store, run: GRANT message_store TO "Odd ""one";$/,
        ),
      })
      await sql.raw((error as MessageStorePermissionError).command).execute(session)
      await sql`set role "Odd ""one"`.execute(session)
      expect(await createMessageStore(session).streamVersion('x-1')).toBeUndefined()
      await sql`reset role`.execute(session)
    })
    await sql`drop role "Odd ""one"`.execute(db)
  })
}
