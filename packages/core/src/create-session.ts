import { type Kysely, type QueryResult, type RawBuilder, sql } from 'kysely'
import { fixed } from './fixed-statement.ts'
import type { JsonCodec } from './json-codec.ts'
import type { Session } from './session.ts'
import { StatementTemplates } from './statement-template.ts'
import { explainError } from './explain-error.ts'
import type { CallContext } from './translate-error.ts'

interface Value {
  readonly value: string | null
}

export interface SessionOptions {
  readonly schema: string
  readonly json: JsonCodec
  /** Those of the store. Default is none yet. */
  readonly templates?: StatementTemplates | undefined
}

/** Makes the session of a Kysely, or of a transaction. */
export function createSession<DB>(
  db: Kysely<DB>,
  { schema, json, templates = new StatementTemplates() }: SessionOptions,
): Session {
  // Plugins are for the caller's queries: one that renames columns or parses JSON would undo ours.
  const plain = db.withoutPlugins()
  // A statement that is its own transaction has nobody to restore the search_path for.
  const searchPath = db.isTransaction ? 'restore' : 'leave'

  async function explained<Row>(
    execute: () => Promise<QueryResult<Row>>,
    context: CallContext = {},
  ): Promise<Row[]> {
    try {
      const { rows } = await execute()
      return rows
    } catch (error) {
      throw await explainError(plain, error, { ...context, schema, json })
    }
  }

  return {
    target: { schema, json, searchPath, isAlone: true },
    inTransaction: db.isTransaction,
    run: (query, { signal }, context) => explained(() => query.execute(plain, { signal }), context),
    async readValue(value, { signal }, context) {
      const query = sql<Value>`${fixed} ${asText(value)}`
      const [row] = await explained(() => query.execute(plain, { signal }), context)
      return row?.value ?? null
    },
    async readFixed(name, values, build, { signal }, context) {
      const key = `${name} ${searchPath}`
      const query = templates.query(plain, key, values, (each) => asText(build(each)))
      const run = (): Promise<QueryResult<Value>> => plain.executeQuery<Value>(query, { signal })
      const [row] = await explained(run, context)
      return row?.value ?? null
    },
  }
}

// As text, no driver rounds a bigint. What is read is always a call with parameters.
function asText(value: RawBuilder<unknown>): RawBuilder<Value> {
  return sql<Value>`select (${value})::text as value`
}
