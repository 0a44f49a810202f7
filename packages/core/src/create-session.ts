import { type Kysely, type RawBuilder, sql } from 'kysely'
import type { CallOptions } from './call-options.ts'
import { fixed } from './fixed-statement.ts'
import type { JsonCodec } from './json-codec.ts'
import type { Session } from './session.ts'
import { explainError } from './explain-error.ts'
import type { CallContext } from './translate-error.ts'

/** Makes the session of a Kysely, or of a transaction. */
export function createSession<DB>(
  db: Kysely<DB>,
  { schema, json }: { readonly schema: string; readonly json: JsonCodec },
): Session {
  // Plugins are for the caller's queries: one that renames columns or parses JSON would undo ours.
  const plain = db.withoutPlugins()

  async function run<Row>(
    query: RawBuilder<Row>,
    { signal }: CallOptions,
    context: CallContext = {},
  ): Promise<Row[]> {
    try {
      const { rows } = await query.execute(plain, { signal })
      return rows
    } catch (error) {
      throw await explainError(plain, error, { ...context, schema, json })
    }
  }

  return {
    // A statement that is its own transaction has nobody to restore the search_path for.
    target: { schema, json, searchPath: db.isTransaction ? 'restore' : 'leave', isAlone: true },
    inTransaction: db.isTransaction,
    run,
    // As text, no driver rounds a bigint. What is read is always a call with parameters.
    async readValue(value, options, context) {
      const query = sql<{ value: string | null }>`${fixed} select (${value})::text as value`
      const [row] = await run(query, options, context)
      return row?.value ?? null
    },
  }
}
