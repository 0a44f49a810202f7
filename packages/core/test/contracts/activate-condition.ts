import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import {
  type Condition,
  ConditionsNotActivatedError,
  type MessageStore,
  type MessageStoreDatabase,
} from '@mdb/core'
import { getStreamMessages } from '@mdb/core/functions'
import type { MessageStoreTest } from '../support.ts'

type DB = MessageStoreDatabase

const condition: Condition = (eb) => eb('type', '=', 'B')
const activated = { condition, activateCondition: true }
const broken = { condition: sql<boolean>`nonsense = 1`, activateCondition: true }

/** The session behind a connection, and what its gate makes of the setting. */
async function sessionOf(db: Kysely<DB>): Promise<unknown> {
  const { rows } = await sql`select pg_backend_pid() as pid,
    current_setting('message_store.sql_condition', true) as setting`.execute(db)
  return rows[0]
}

async function read(store: MessageStore<DB>): Promise<string[]> {
  const [stream, category] = [
    await store.getStreamMessages('x-1', activated),
    await store.getCategoryMessages('x', activated),
  ]
  expect(category).toEqual(stream)
  return stream.map(({ type }) => type)
}

const refused = async (store: MessageStore<DB>): Promise<void> => {
  await expect(store.getStreamMessages('x-1', { condition })).rejects.toThrow(
    ConditionsNotActivatedError,
  )
  await expect(store.getCategoryMessages('x', { condition })).rejects.toThrow(
    ConditionsNotActivatedError,
  )
}

export function activateConditionContract(test: MessageStoreTest): void {
  describe('activateCondition', () => {
    test('is for the one call: the gate is as it was on the same session', async ({
      database,
      store,
    }) => {
      for (const type of ['A', 'B', 'A']) await store.writeMessage('x-1', { type, data: 1 })
      const db = database.connect({ max: 1 })
      const one = store.using(db)
      const before = await sessionOf(db)
      expect(before).toMatchObject({ setting: null })
      const ways: Record<string, () => Promise<unknown>> = {
        autocommit: async () => expect(await read(one)).toEqual(['B']),
        expression: async () => {
          const messages = getStreamMessages('x-1', activated).as('message')
          expect(await db.selectFrom(messages).selectAll().execute()).toHaveLength(1)
        },
        'after an error': async () =>
          expect(one.getStreamMessages('x-1', broken)).rejects.toMatchObject({
            code: 'INVALID_CONDITION',
          }),
        'a transaction': async () =>
          db.transaction().execute(async (trx) => {
            expect(await read(one.using(trx))).toEqual(['B'])
            expect(await sessionOf(trx)).toEqual(before)
          }),
        'a transaction that fails': async () =>
          db
            .transaction()
            .execute(async (trx) => one.using(trx).getStreamMessages('x-1', broken))
            .catch(() => undefined),
        'a savepoint': async () => {
          const trx = await db.startTransaction().execute()
          const nested = await trx.savepoint('before').execute()
          expect(await read(one.using(nested))).toEqual(['B'])
          await one
            .using(nested)
            .getStreamMessages('x-1', broken)
            .catch(() => undefined)
          const back = await nested.rollbackToSavepoint('before').execute()
          expect(await sessionOf(back)).toEqual(before)
          const after = await back.savepoint('after').execute()
          await expect(one.using(after).getStreamMessages('x-1', { condition })).rejects.toThrow(
            ConditionsNotActivatedError,
          )
          await (await after.rollbackToSavepoint('after').execute()).commit().execute()
        },
        'a read that pages by itself, left early': async () => {
          const options = { ...activated, batchSize: 1 }
          for await (const { type } of one.readCategory('x', options)) {
            expect(type).toBe('B')
            break
          }
        },
      }
      for (const [name, way] of Object.entries(ways)) {
        await way()
        expect([name, await sessionOf(db)]).toEqual([name, before])
        await refused(one)
      }
    })

    test.for(['on', 'off'])('leaves a session that has it %s', async (setting, { db, store }) => {
      for (const type of ['A', 'B', 'A']) await store.writeMessage('x-1', { type, data: 1 })
      await db.connection().execute(async (session) => {
        await sql`select set_config('message_store.sql_condition', ${setting}, false)`.execute(
          session,
        )
        const before = await sessionOf(session)
        const one = store.using(session)
        expect(await read(one)).toEqual(['B'])
        await session.transaction().execute(async (trx) => read(store.using(trx)))
        await expect(one.getStreamMessages('x-1', broken)).rejects.toThrow('nonsense')
        expect(await sessionOf(session)).toEqual(before)
        if (setting === 'off') await refused(one)
        else expect(await one.getStreamMessages('x-1', { condition })).toHaveLength(1)
      })
    })

    test('a setting could not be taken back: why none is touched', async ({ database, store }) => {
      await store.writeMessage('x-1', { type: 'B', data: 1 })
      const db = database.connect({ max: 1 })
      await refused(store.using(db))
      await db
        .transaction()
        .execute(async (trx) => {
          await sql`select set_config('message_store.sql_condition', 'on', true)`.execute(trx)
          await sql`select set_config('message_store.sql_condition', 'off', false)`.execute(trx)
          throw new Error('rolled back')
        })
        .catch(() => undefined)
      expect(await sessionOf(db)).toMatchObject({ setting: '' })
      expect(await store.using(db).getStreamMessages('x-1', { condition })).toHaveLength(1)
    })

    test('does nothing without a condition', async ({ store }) => {
      await store.writeMessage('x-1', { type: 'A', data: 1 })
      const options = { activateCondition: true }
      expect(await store.getStreamMessages('x-1', options)).toHaveLength(1)
      expect(await store.getCategoryMessages('x', options)).toHaveLength(1)
    })

    test('reads the very messages that the server reads with conditions on', async ({
      db,
      store,
    }) => {
      for (let number = 0; number < 30; number++) {
        const metadata = number % 2 === 0 ? { correlationStreamName: 'flight-1' } : undefined
        const type = number % 3 === 0 ? 'A' : 'B'
        await store.writeMessage(`x-${number % 7}`, { type, data: { number }, metadata })
      }
      await store.writeMessage('x', { type: 'B', data: null })
      await store.writeMessage('x-1+2', { type: 'B', data: undefined })
      await db.transaction().execute(async (trx) => {
        const inside = store.using(trx)
        await sql`set local message_store.sql_condition = 'on'`.execute(trx)
        const category = [
          {},
          { position: 9n, batchSize: 5 },
          { batchSize: 'unlimited' },
          { correlation: 'flight' },
          { consumerGroup: { member: 0, size: 2 } },
          { consumerGroup: { member: 1, size: 2 }, correlation: 'flight', position: 3n },
          { consumerGroup: { member: 0, size: 1 }, batchSize: 3 },
        ] as const
        for (const options of category) {
          const byServer = await inside.getCategoryMessages('x', { condition, ...options })
          const byCall = await inside.getCategoryMessages('x', { ...activated, ...options })
          expect(byServer.length).toBeGreaterThan(0)
          expect(byCall).toEqual(byServer)
        }
        for (const options of [{}, { position: 1n, batchSize: 2 }]) {
          const byServer = await inside.getStreamMessages('x-1', { condition, ...options })
          expect(await inside.getStreamMessages('x-1', { ...activated, ...options })).toEqual(
            byServer,
          )
        }
      })
    })
  })
}
