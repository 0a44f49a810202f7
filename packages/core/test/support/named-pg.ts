import { namedStatements } from '@mdb/core/pg'
import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'

/** Kysely's own dialect on `pg`, with the store's statements prepared by name. */
export function namedPgDialect(
  connectionString: string,
  { max = 10 }: { readonly max?: number | undefined } = {},
): Dialect {
  const pool = new pg.Pool({ connectionString, max })
  // Unheard, the end of an idle connection would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new PostgresDialect({ pool: namedStatements(pool) })
}
