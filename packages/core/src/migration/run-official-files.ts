import { type Kysely, sql } from 'kysely'
import { readOfficialFile } from './official-sql.ts'
import { splitStatements } from './split-statements.ts'

const OFFICIAL_PATH = 'message_store, pg_temp'
const CALL_RANDOM_UUID: readonly string[] = ['tables/messages.sql', 'privileges/functions.sql']

/**
 * Runs files of the official SQL, statement by statement. `uuidSchema` is where `gen_random_uuid` is,
 * when PostgreSQL has none itself.
 */
export async function runOfficialFiles<DB>(
  trx: Kysely<DB>,
  files: readonly string[],
  uuidSchema?: string,
): Promise<void> {
  for (const file of files) {
    if (uuidSchema !== undefined) {
      const called = CALL_RANDOM_UUID.includes(file)
      await setSearchPath(trx, called ? `message_store, ${uuidSchema}, pg_temp` : OFFICIAL_PATH)
    }
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
  const previous = await setSearchPath(trx, OFFICIAL_PATH)
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
