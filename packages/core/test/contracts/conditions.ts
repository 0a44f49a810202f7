import fc from 'fast-check'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import type {
  Condition,
  ConditionColumns,
  Message,
  MessageStore,
  MessageStoreDatabase,
} from '@mdb/core'
import { compileCondition } from '../../src/condition.ts'
import { toLiteral } from '../../src/literal.ts'
import type { MessageStoreTest } from '../support.ts'
import { collect } from '../support/collect.ts'

type DB = MessageStoreDatabase

async function withConditions<T>(
  db: Kysely<DB>,
  store: MessageStore<DB>,
  use: (store: MessageStore<DB>) => Promise<T>,
): Promise<T> {
  return db.transaction().execute(async (trx) => {
    await sql`set local message_store.sql_condition = 'on'`.execute(trx)
    return use(store.using(trx))
  })
}

const types = (messages: Message[]): string[] => messages.map(({ type }) => type)

// Quotes, backslashes and comments are where a literal could end.
const hostile = fc.oneof(
  fc.string({ unit: 'binary' }).filter((text) => !text.includes('\0')),
  fc
    .array(fc.constantFrom("'", '\\', '"', '$$', '--', '/*', '%', '%s', ';', ')', 'ü', '🛬', '\n'))
    .map((parts) => parts.join('')),
)

export function conditionsContract(test: MessageStoreTest): void {
  describe('a condition', () => {
    test('filters by any column, in both reads', async ({ db, store }) => {
      const metadata = { correlationStreamName: 'flight-1' }
      await store.writeMessage('x-1', { type: 'A', data: { delay: 5 } })
      const { id } = await store.writeMessage('x-1', { type: 'B', data: { delay: 50 }, metadata })
      await store.writeMessage('x-1', { type: 'C', data: { delay: 500 } })
      await withConditions(db, store, async (inside) => {
        const conditions: Record<string, [Condition, string[]]> = {
          type: [(eb) => eb('type', '=', 'B'), ['B']],
          'qualified name': [(eb) => eb('message.type', '=', 'B'), ['B']],
          'in a list': [(eb) => eb('type', 'in', ['A', 'C']), ['A', 'C']],
          id: [(eb) => eb('id', '=', id), ['B']],
          position: [(eb) => eb('position', '>=', 1n), ['B', 'C']],
          'global position': [(eb) => eb('global_position', '<', 3), ['A', 'B']],
          'is null': [(eb) => eb('metadata', 'is', null), ['A', 'C']],
          and: [(eb) => eb('type', '>', 'A').and('type', '<', 'C'), ['B']],
          not: [(eb) => eb.not(eb('type', '=', 'B')), ['A', 'C']],
          json: [(eb) => eb(sql<number>`(data->>'delay')::int`, '>', 49), ['B', 'C']],
          'json contained': [sql<boolean>`data @> ${{ delay: 5 }}`, ['A']],
          time: [(eb) => eb('time', '>', new Date(0)), ['A', 'B', 'C']],
          boolean: [sql<boolean>`${false}`, []],
          fragment: [sql<boolean>`type = ${'C'}`, ['C']],
        }
        for (const [name, [condition, expected]] of Object.entries(conditions)) {
          const fromStream = await inside.getStreamMessages('x-1', { condition })
          const fromCategory = await inside.getCategoryMessages('x', { condition })
          expect([name, types(fromStream)]).toEqual([name, expected])
          expect([name, types(fromCategory)]).toEqual([name, expected])
        }
      })
    })

    test('tells the row from the tables of its subqueries', async ({ db, store }) => {
      const written = [
        ['x-1', 'A'],
        ['x-1', 'B'],
        ['x-2', 'A'],
        ['x-3', 'C'],
      ] as const
      for (const [name, type] of written) await store.writeMessage(name, { type, data: 1 })
      const others = sql<ConditionColumns>`message_store.messages`
      const ofStreamsWithB: Record<string, Condition> = {
        builder: ({ exists, selectFrom }) =>
          exists(
            selectFrom(others.as('other'))
              .select('other.id')
              .whereRef('other.stream_name', '=', 'message.stream_name')
              .where('other.type', '=', 'B'),
          ),
        joined: ({ exists, selectFrom }) =>
          exists(
            selectFrom(others.as('one'))
              .innerJoin(others.as('two'), 'two.id', 'one.id')
              .selectAll('two')
              .whereRef('one.stream_name', '=', 'message.stream_name')
              .where('two.type', '=', 'B'),
          ),
        'a query of its own': (eb) =>
          eb(
            'message.stream_name',
            'in',
            db
              .selectFrom('message_store.messages')
              .select('stream_name')
              .where('message_store.messages.type', '=', 'B'),
          ),
        fragment: sql<boolean>`exists (select from message_store.messages as other
          where other.stream_name = ${sql.ref('message.stream_name')} and other.type = 'B')`,
      }
      await withConditions(db, store, async (inside) => {
        for (const [name, condition] of Object.entries(ofStreamsWithB)) {
          for (const activateCondition of [false, true]) {
            const options = { condition, activateCondition }
            const category = await inside.getCategoryMessages('x', options)
            expect([name, category.map(({ streamName }) => streamName)]).toEqual([
              name,
              ['x-1', 'x-1'],
            ])
            const backward = inside.readStream('x-2', { ...options, direction: 'backward' })
            expect([name, await collect(backward)]).toEqual([name, []])
          }
        }
      })
    })

    test('may end in a comment', async ({ db, store }) => {
      await store.writeMessage('x-1', { type: 'A', data: 1 })
      const condition = sql<boolean>`type = 'A' -- and no other`
      await withConditions(db, store, async (inside) => {
        for (const activateCondition of [false, true]) {
          const options = { condition, activateCondition }
          expect(await inside.getStreamMessages('x-1', options)).toHaveLength(1)
          expect(await inside.getCategoryMessages('x', options)).toHaveLength(1)
        }
      })
    })

    test('has the last word on which messages fill the batch', async ({ db, store }) => {
      for (const type of ['A', 'B', 'A', 'B']) await store.writeMessage('x-1', { type, data: 1 })
      await withConditions(db, store, async (inside) => {
        const page = await inside.getStreamMessages('x-1', {
          condition: (eb) => eb('type', '=', 'B'),
          batchSize: 2,
        })
        expect(page.map(({ position }) => position)).toEqual([1n, 3n])
      })
    })

    test.for(['on', 'off'])(
      'keeps every text inside its literal, standard_conforming_strings %s',
      async (setting, { db, store }) => {
        const texts = fc.sample(hostile, 300)
        await db.transaction().execute(async (trx) => {
          await sql`select set_config('standard_conforming_strings', ${setting}, true)`.execute(trx)
          const list = sql.raw(texts.map((text) => toLiteral(text)).join(', '))
          const { rows } = await sql<{ same: boolean }>`
            select to_jsonb(array[${list}]::text[]) = ${JSON.stringify(texts)}::text::jsonb as same
          `.execute(trx)
          expect(rows).toEqual([{ same: true }])

          await sql`set local message_store.sql_condition = 'on'`.execute(trx)
          const inside = store.using(trx)
          for (const text of texts.slice(0, 25)) {
            const condition: Condition = (eb) => eb(sql.lit('A'), '=', text)
            expect(compileCondition(condition)).toContain(toLiteral(text))
            expect(await inside.getCategoryMessages('x', { condition })).toEqual([])
          }
        })
      },
    )

    test('compares as JavaScript does', async ({ db, store }) => {
      const names = fc.sample(
        hostile.filter((text) => text !== ''),
        40,
      )
      for (const name of names) await store.writeMessage('x-1', { type: name, data: { name } })
      await withConditions(db, store, async (inside) => {
        for (const name of names.slice(0, 20)) {
          const byType = await inside.getStreamMessages('x-1', {
            condition: (eb) => eb('type', '=', name),
          })
          expect(types(byType)).toEqual(names.filter((other) => other === name))
          const byData = await inside.getStreamMessages('x-1', {
            condition: sql<boolean>`data = ${{ name }}`,
          })
          expect(types(byData)).toEqual(names.filter((other) => other === name))
        }
      })
    })
  })
}
