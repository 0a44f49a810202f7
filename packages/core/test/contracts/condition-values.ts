import fc from 'fast-check'
import { type ExpressionBuilder, type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import type { Condition, ConditionColumns, MessageStore, MessageStoreDatabase } from '@mdb/core'
import type { MessageStoreTest } from '../support.ts'

type DB = MessageStoreDatabase
type Columns = ExpressionBuilder<{ message: ConditionColumns }, 'message'>

/** What of a row the filters look at. */
interface Row {
  readonly type: string
  readonly key: string
  readonly value: string
  readonly number: number
  readonly list: readonly number[]
  readonly time: Date
}

/** A condition, and the same in JavaScript. */
interface Filter {
  readonly name: string
  readonly condition: Condition
  readonly matches: (row: Row, position: number) => boolean
}

// Where a literal, a name or a format could end, and what an encoding could trip over.
const part = fc.oneof(
  fc.constantFrom("'", "''", '"', '\\', "\\'", '$$', '$1', '--', '/*', '*/', '%', '%s', '%%'),
  fc.constantFrom(';', '(', ')', ') or (true', "' or '1'='1", '\n', '\r', '\t', '\u2028', '\u0001'),
  fc.constantFrom('ü', '🛬', '\u{10ffff}', 'e\u0301', '\u202e', '\ufeff', 'E', 'U&', '.', ','),
)
const hostile = fc
  .oneof(
    fc.array(part, { minLength: 1, maxLength: 5 }).map((parts) => parts.join('')),
    fc.string({ unit: 'binary', minLength: 1 }).filter((text) => !text.includes('\0')),
  )
  .filter((text) => text !== '')

const finite = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 0.1, 1e308, -1e308, 5e-324, 2 ** 53, -(2 ** 53), 1e21, 1e-7),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.integer(),
)
const instant = fc.date({
  min: new Date('-004000-01-01T00:00:00.000Z'),
  max: new Date(8.64e15),
  noInvalidDate: true,
})
const row: fc.Arbitrary<Row> = fc.record({
  type: hostile,
  key: hostile.filter((key) => key !== '__proto__'),
  value: hostile,
  number: finite,
  list: fc.array(fc.integer({ min: 0, max: 3 }), { maxLength: 3 }),
  time: instant,
})

const comparison = fc.constantFrom('=' as const, '<' as const, '>=' as const)
const compare = <T>(a: T, operator: '=' | '<' | '>=', b: T): boolean =>
  operator === '=' ? a === b : operator === '<' ? a < b : a >= b

const number = (eb: Columns) => sql<number>`(${eb.ref('data', '->>').key('number')})::numeric`

function filterOf(rows: readonly Row[]): fc.Arbitrary<Filter> {
  const known = <T>(pick: (row: Row) => T) => fc.constantFrom(...rows.map(pick))
  const text = fc.oneof(
    known(({ type }) => type),
    hostile,
  )
  return fc.oneof(
    text.map((wanted) => ({
      name: `type = ${JSON.stringify(wanted)}`,
      condition: (eb: Columns) => eb('type', '=', wanted),
      matches: ({ type }: Row) => type === wanted,
    })),
    fc.array(text, { minLength: 1, maxLength: 4 }).map((wanted) => ({
      name: `type in ${JSON.stringify(wanted)}`,
      condition: (eb: Columns) => eb('type', 'in', wanted),
      matches: ({ type }: Row) => wanted.includes(type),
    })),
    fc.tuple(text, text).map(([a, b]) => ({
      name: `not (type = ${JSON.stringify(a)} or fragment ${JSON.stringify(b)})`,
      condition: (eb: Columns) => eb.not(eb.or([eb('type', '=', a), sql<boolean>`type = ${b}`])),
      matches: ({ type }: Row) => type !== a && type !== b,
    })),
    fc
      .tuple(
        known(({ key }) => key),
        known(({ value }) => value),
      )
      .map(([key, value]) => ({
        name: `data ->> ${JSON.stringify(key)} = ${JSON.stringify(value)}`,
        condition: (eb: Columns) => eb(eb.ref('data', '->>').key(key), '=', value),
        matches: (other: Row) => other.key === key && other.value === value,
      })),
    fc
      .tuple(
        known(({ key }) => key),
        known(({ value }) => value),
      )
      .map(([key, value]) => ({
        name: `data -> ${JSON.stringify(key)} = ${JSON.stringify(value)}`,
        condition: (eb: Columns) =>
          eb(eb.ref('data', '->').key(key), '=', sql`to_jsonb(${value}::text)`),
        matches: (other: Row) => other.key === key && other.value === value,
      })),
    known((wanted) => wanted).map(({ key, value, number: n }) => ({
      name: `data @> ${JSON.stringify({ [key]: value, number: n })}`,
      condition: (eb: Columns) => eb('data', '@>', { [key]: value, number: n }),
      matches: (other: Row) => other.key === key && other.value === value && other.number === n,
    })),
    fc.integer({ min: 0, max: 4 }).map((wanted) => ({
      name: `data @> { list: [${wanted}] }`,
      condition: (eb: Columns) => eb('data', '@>', { list: [wanted] }),
      matches: ({ list }: Row) => list.includes(wanted),
    })),
    fc
      .tuple(
        comparison,
        fc.oneof(
          known((other) => other.number),
          finite,
          infinities,
        ),
      )
      .map(([operator, wanted]) => ({
        name: `data number ${operator} ${wanted}`,
        condition: (eb: Columns) => eb(number(eb), operator, wanted),
        matches: (other: Row) => compare(other.number, operator, wanted),
      })),
    fc.constant({
      name: 'data number = NaN',
      condition: (eb: Columns) => eb(number(eb), '=', Number.NaN),
      matches: () => false,
    }),
    fc
      .tuple(comparison, fc.oneof(fc.bigInt(-(2n ** 70n), 2n ** 70n), fc.bigInt(-3n, 40n)))
      .map(([operator, wanted]) => ({
        name: `position ${operator} ${wanted}n`,
        condition: (eb: Columns) => eb('position', operator, wanted),
        matches: (_: Row, position: number) => compare(BigInt(position), operator, wanted),
      })),
    fc
      .tuple(
        comparison,
        fc.oneof(
          known(({ time }) => time),
          instant,
        ),
      )
      .map(([operator, wanted]) => ({
        name: `time ${operator} ${wanted.toISOString()}`,
        condition: (eb: Columns) => eb('time', operator, wanted),
        matches: ({ time }: Row) => compare(time.getTime(), operator, wanted.getTime()),
      })),
  )
}

const infinities = fc.constantFrom(Infinity, -Infinity)

/** In PostgreSQL's own way, and not by the code that is tested. */
function epoch(time: Date) {
  const day = 86_400_000
  const days = Math.floor(time.getTime() / day)
  const seconds = (time.getTime() - days * day) / 1000
  return sql`'epoch'::timestamp + make_interval(days => ${days}::int4, secs => ${seconds}::float8)`
}

async function insert(db: Kysely<DB>, rows: readonly Row[]): Promise<void> {
  for (const [position, { type, key, value, time, ...data }] of rows.entries()) {
    const json = JSON.stringify({ ...data, [key]: value })
    await sql`insert into message_store.messages (stream_name, type, position, data, time)
      values ('x-1', ${type}, ${position}::int4, ${json}::text::jsonb, ${epoch(time)})`.execute(db)
  }
}

export function conditionValuesContract(test: MessageStoreTest): void {
  describe('the values in a condition', () => {
    test.for([
      ['on', 'by the server'],
      ['off', 'by the server'],
      ['on', 'by the call'],
      ['off', 'by the call'],
    ] as const)(
      'select what JavaScript selects: standard_conforming_strings %s, activated %s',
      async ([setting, activated], { db, store }) => {
        const reserved = ['number', 'list']
        const rows = fc.sample(row, 30).filter(({ key }) => !reserved.includes(key))
        await insert(db, rows)
        const filters = fc.sample(filterOf(rows), 150)
        await db.transaction().execute(async (trx) => {
          await sql`select set_config('standard_conforming_strings', ${setting}, true)`.execute(trx)
          if (activated === 'by the server') {
            await sql`set local message_store.sql_condition = 'on'`.execute(trx)
          }
          const inside: MessageStore<DB> = store.using(trx)
          for (const { name, condition, matches } of filters) {
            const options = { condition, activateCondition: activated === 'by the call' }
            const expected = rows.flatMap((candidate, position) =>
              matches(candidate, position) ? [position] : [],
            )
            const stream = await inside.getStreamMessages('x-1', options)
            expect([name, stream.map(({ position }) => Number(position))]).toEqual([name, expected])
            const category = await inside.getCategoryMessages('x', options)
            expect([name, category.map(({ position }) => Number(position))]).toEqual([
              name,
              expected,
            ])
          }
        })
      },
    )

    test('filter by every column, as it is in the table', async ({ db, store }) => {
      const metadata = { correlationStreamName: 'flight-1' }
      const { id } = await store.writeMessage('x-1', { type: 'A', data: { a: [1] }, metadata })
      const { rows } = await sql<{ column: string; type: string }>`
        select column_name as column, data_type as type from information_schema.columns
        where table_schema = 'message_store' and table_name = 'messages'`.execute(db)
      const columns: Record<keyof ConditionColumns, [type: string, condition: Condition]> = {
        id: ['uuid', (eb) => eb('id', '=', id)],
        stream_name: ['text', (eb) => eb('stream_name', 'like', 'x-%')],
        type: ['text', (eb) => eb('type', '=', 'A')],
        position: ['bigint', (eb) => eb('position', '=', 0n)],
        global_position: ['bigint', (eb) => eb('global_position', '>', '0')],
        data: ['jsonb', (eb) => eb(eb.ref('data', '->>').key('a'), '=', '[1]')],
        metadata: ['jsonb', (eb) => eb('metadata', '@>', metadata)],
        time: ['timestamp without time zone', (eb) => eb('time', '<=', new Date(Date.now() + 6e4))],
      }
      expect(Object.fromEntries(rows.map(({ column, type }) => [column, type]))).toEqual(
        Object.fromEntries(Object.entries(columns).map(([column, [type]]) => [column, type])),
      )
      for (const [column, [, condition]] of Object.entries(columns)) {
        const read = await store.getStreamMessages('x-1', { condition, activateCondition: true })
        expect([column, read.map((message) => message.id)]).toEqual([column, [id]])
      }
    })
  })

  test.for([
    `x" = '' or true --`,
    `type" or "type`,
    '"',
    '""',
    "'",
    '\\',
    'message.type" or true',
    '%s',
    '$1',
    '🛬"',
  ])('a name cannot leave its quotes: %s', async (name, { store }) => {
    await store.writeMessage('x-1', { type: 'A', data: 1 })
    const conditions: Condition[] = [
      (eb) => eb(name as 'type', '=', 'A'),
      (eb) => eb(eb.ref(name as 'type'), '=', 'A'),
      sql<boolean>`${sql.ref(name)} = 'A'`,
      sql<boolean>`${sql.id(name)} = 'A'`,
      (eb) => eb(eb.ref('data', '->>').key(name), '=', 'A'),
    ]
    for (const condition of conditions) {
      const read = await store
        .getStreamMessages('x-1', { condition, activateCondition: true })
        .catch((error: unknown) => error)
      // A path that nothing is at, or a column that is not there.
      expect(read).toEqual(
        Array.isArray(read) ? [] : expect.objectContaining({ code: 'INVALID_CONDITION' }),
      )
    }
  })
}
