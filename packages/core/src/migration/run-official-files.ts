import { type Kysely, sql } from 'kysely'
import { readOfficialFile } from './official-sql.ts'
import { splitStatements } from './split-statements.ts'

/** Runs files of the official SQL, statement by statement. */
export async function runOfficialFiles<DB>(
  trx: Kysely<DB>,
  files: readonly string[],
): Promise<void> {
  for (const file of files) {
    for (const statement of splitStatements(await readOfficialFile(file))) {
      await sql.raw(statement).execute(trx)
    }
  }
}

/**
 * Runs something with Message DB's schema as the search_path, and puts the caller's back. One
 * official file drops an index by its bare name: it must not find the caller's.
 */
export async function withOfficialPath<DB>(
  trx: Kysely<DB>,
  run: () => Promise<void>,
): Promise<void> {
  const previous = await setSearchPath(trx, 'message_store, pg_temp')
  await run()
  await setSearchPath(trx, previous)
}

async function setSearchPath<DB>(trx: Kysely<DB>, path: string): Promise<string> {
  const { rows } = await sql<{ previous: string }>`
    select current_setting('search_path') as previous
  `.execute(trx)
  await sql`select set_config('search_path', ${path}, true)`.execute(trx)
  return rows[0]?.previous ?? ''
}
