import { type Kysely, sql } from 'kysely'
import { InstallationPermissionError } from '../errors/migration-errors.ts'
import { readServerError } from '../server-error.ts'
import { runOfficialFiles } from './run-official-files.ts'

/**
 * Sees to it that there is a `gen_random_uuid()`, which the table's default calls. PostgreSQL has it
 * since 13; before, the official installation takes it from an extension.
 *
 * @returns the extension's schema, quoted; `undefined` where PostgreSQL has the function itself.
 * @throws {InstallationPermissionError} where the extension is missing and the role may not create it.
 */
export async function ensureRandomUuid<DB>(
  trx: Kysely<DB>,
  role: string,
): Promise<string | undefined> {
  const builtIn = await sql<{ found: boolean }>`
    select to_regprocedure('pg_catalog.gen_random_uuid()') is not null as found
  `.execute(trx)
  if (builtIn.rows[0]?.found === true) return undefined
  await runOfficialFiles(trx, ['extensions/pgcrypto.sql']).catch((error: unknown) => {
    if (readServerError(error)?.code !== '42501') throw error
    throw new InstallationPermissionError(
      {
        role,
        problem: 'may not create extension pgcrypto, which PostgreSQL needs before version 13',
        command: 'CREATE EXTENSION pgcrypto;',
      },
      { cause: error },
    )
  })
  const extension = await sql<{ schema: string }>`
    select quote_ident(nspname) as schema from pg_extension
    join pg_namespace on pg_namespace.oid = extnamespace where extname = 'pgcrypto'
  `.execute(trx)
  return extension.rows[0]?.schema
}
