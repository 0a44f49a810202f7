import { CompiledQuery, type QueryExecutorProvider } from 'kysely'
import { MARK } from './fixed-statement.ts'

/** A statement whose text is always the same, and what goes where in it. */
export interface StatementTemplate<Name extends string> {
  readonly sql: string
  readonly slots: readonly Slot<Name>[]
}

type Slot<Name> = { readonly name: Name } | { readonly constant: unknown }

/** What can be compiled: an expression of `sql`, or a query builder. */
export interface Buildable<Row> {
  compile(db: QueryExecutorProvider): CompiledQuery<Row>
}

/**
 * Makes the statement of its values, whatever these are: it does not look at them. Each is of type
 * `never`, which stands wherever a value may stand.
 */
export type Build<Name extends string, Row = unknown> = (
  values: Readonly<Record<Name, never>>,
) => Buildable<Row>

/**
 * Compiles a statement once. To build and compile it takes a fifth of a single write on the client.
 * Where the values go it says itself: it is built of marks, and the marks are looked for.
 */
export function toTemplate<Name extends string>(
  names: readonly Name[],
  build: Build<Name>,
  db: QueryExecutorProvider,
): StatementTemplate<Name> {
  const marks = new Map(names.map((name) => [Symbol(name), name]))
  const values = Object.fromEntries([...marks].map(([mark, name]) => [name, mark]))
  const { sql, parameters } = build(values as Record<Name, never>).compile(db)
  const slots = parameters.map((parameter): Slot<Name> => {
    const name = marks.get(parameter as symbol)
    return name === undefined ? { constant: parameter } : { name }
  })
  return { sql: `${MARK} ${sql}`, slots }
}

/** The statement with these values. */
export function fillTemplate<Row>(
  { sql, slots }: StatementTemplate<string>,
  values: Readonly<Record<string, unknown>>,
): CompiledQuery<Row> {
  const parameters = slots.map((slot) => ('name' in slot ? values[slot.name] : slot.constant))
  return CompiledQuery.raw(sql, parameters)
}

/**
 * Statements that are built and compiled once, and then only filled: for those that run often, and whose
 * text is the same each time. On a pool of `namedStatements` the server parses and plans them once a
 * connection, too.
 *
 * @example
 * ```ts
 * import { StatementTemplates } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 * import { sql } from 'kysely'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 *
 * const templates = new StatementTemplates()
 * const twice = async (number: number) => {
 *   const query = templates.query<'number', { result: number }>(
 *     db,
 *     'twice',
 *     { number },
 *     (value) => sql`select 2 * ${value.number}::integer as result`,
 *   )
 *   const { rows } = await db.executeQuery(query)
 *   return rows[0]?.result
 * }
 * console.log(await twice(21)) // 42
 * ```
 *
 * The values are what the driver is to send: no plugin and no codec of a column sees them. It is built
 * anew for each Kysely with a dialect of its own, and not for that one's transactions.
 */
export class StatementTemplates {
  readonly #templates = new WeakMap<object, Map<string, StatementTemplate<string>>>()

  /**
   * The statement of a key, with these values.
   *
   * @param key which statement it is: one text for each.
   * @param build called once, with something that stands for each of the values.
   * @returns what `executeQuery` of Kysely takes.
   */
  query<Name extends string, Row = unknown>(
    db: QueryExecutorProvider,
    key: string,
    values: Readonly<Record<Name, unknown>>,
    build: Build<Name, Row>,
  ): CompiledQuery<Row> {
    const { adapter } = db.getExecutor()
    const templates = this.#templates.get(adapter) ?? new Map<string, StatementTemplate<string>>()
    this.#templates.set(adapter, templates)
    const names = Object.keys(values) as Name[]
    const template = templates.get(key) ?? toTemplate<string>(names, build, db)
    templates.set(key, template)
    return fillTemplate(template, values)
  }
}
