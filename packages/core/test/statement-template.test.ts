import {
  DummyDriver,
  Kysely,
  PostgresAdapter,
  PostgresIntrospector,
  PostgresQueryCompiler,
  sql,
} from 'kysely'
import { expect, test } from 'vitest'
import { fillTemplate, StatementTemplates, toTemplate } from '../src/statement-template.ts'

const dialect = {
  createAdapter: () => new PostgresAdapter(),
  createDriver: () => new DummyDriver(),
  createIntrospector: (db: Kysely<unknown>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}
const db = new Kysely<unknown>({ dialect })
const build = ({ id, text }: Record<'id' | 'text', unknown>) =>
  sql`select f(${text}, ${'constant'}, ${id}, ${text})`

test('values go where the statement has them, as often as it has them', () => {
  const template = toTemplate(['id', 'text'], build, db)
  const values = { id: 7n, text: null }
  const { sql: text, parameters } = fillTemplate(template, values)
  const compiled = build(values).compile(db)
  // The mark is for `namedStatements`.
  expect(text).toBe(`/* @mdb fixed */ ${compiled.sql}`)
  expect(parameters).toEqual([null, 'constant', 7n, null])
  expect(parameters).toEqual(compiled.parameters)
})

test('a statement is built once, for transactions of its Kysely too, and once more for another', async () => {
  let built = 0
  const counted: typeof build = (values) => {
    built += 1
    return build(values)
  }
  const templates = new StatementTemplates()
  const values = { id: 1n, text: 'a' }
  templates.query(db, 'f', values, counted)
  expect(templates.query(db, 'f', { id: 2n, text: 'b' }, counted).parameters).toEqual([
    'b',
    'constant',
    2n,
    'b',
  ])
  await db.transaction().execute(async (trx) => void templates.query(trx, 'f', values, counted))
  expect(built).toBe(1)
  templates.query(new Kysely({ dialect }), 'f', values, counted)
  templates.query(db, 'g', values, counted)
  expect(built).toBe(3)
})
