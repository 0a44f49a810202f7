import { sql, type Kysely } from 'kysely'
import { likeRun, runOf } from './names.ts'
import { keeperName } from './run-keeper.ts'
import { dropDatabase } from './template.ts'

/**
 * Drops the databases of runs that were killed: whose keeper is gone, and to which nobody is
 * connected. Works for runs on other machines too, because it asks the server alone.
 */
export async function sweepDatabases(admin: Kysely<unknown>): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select datname as name from pg_database
    where datname like ${likeRun()}
      -- what another role left is for that role to drop
      and pg_has_role(datdba, 'member')
      and not exists (select from pg_stat_activity where pg_stat_activity.datname = pg_database.datname)
  `.execute(admin)
  const alive = await keepers(admin)
  const abandoned = rows
    .map(({ name }) => ({ name, run: runOf(name) }))
    .filter(({ run }) => run !== undefined && !alive.has(keeperName(run)))
    .map(({ name }) => name)
  for (const name of abandoned) await dropDatabase(admin, name)
  return abandoned
}

/** Drops what is left of one run. */
export async function dropRun(admin: Kysely<unknown>, run: string): Promise<void> {
  const { rows } = await sql<{ name: string }>`
    select datname as name from pg_database where datname like ${likeRun(run)}
  `.execute(admin)
  for (const { name } of rows) await dropDatabase(admin, name)
}

// Read after the databases: a run is kept before it makes its first one.
async function keepers(admin: Kysely<unknown>): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select distinct application_name as name from pg_stat_activity
  `.execute(admin)
  return new Set(rows.map(({ name }) => name))
}
