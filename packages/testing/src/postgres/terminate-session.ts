import { sql, type Kysely } from 'kysely'
import { within } from '../within.ts'

/** Ends a session, and waits until the server has: its transaction is rolled back then. */
export async function terminateSession(admin: Kysely<unknown>, pid: number): Promise<void> {
  await sql`select pg_terminate_backend(${pid}::int)`.execute(admin)
  await within(async () => {
    const { rows } = await sql`select from pg_stat_activity where pid = ${pid}::int`.execute(admin)
    return rows.length === 0
  })
}
