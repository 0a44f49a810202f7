import { sql, type Kysely } from 'kysely'
import type { LeakedConnection } from '../errors.ts'
import { within } from '../within.ts'

/** Who is still connected to a database after everybody had the time to leave. */
export async function leakedConnections(
  admin: Kysely<unknown>,
  database: string,
): Promise<readonly LeakedConnection[]> {
  let connections: readonly LeakedConnection[] = []
  await within(async () => {
    connections = await connectionsTo(admin, database)
    return connections.length === 0
  })
  return connections
}

/** Who is connected to a database. */
export async function connectionsTo(
  admin: Kysely<unknown>,
  database: string,
): Promise<readonly LeakedConnection[]> {
  const { rows } = await sql<LeakedConnection>`
    select pid, application_name as "applicationName", usename as "user",
      coalesce(state, 'unknown') as state, coalesce(query, '') as query
    from pg_stat_activity
    where datname = ${database} and backend_type in ('client backend', 'walsender')
    order by backend_start
  `.execute(admin)
  return rows
}
