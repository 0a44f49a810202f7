import { readFile } from 'node:fs/promises'
import { type Kysely, sql } from 'kysely'

/**
 * The microseconds of processor time that the server's sessions have taken so far, where Linux tells
 * (0 elsewhere). It hardly changes with what else the machine does, which time on the clock does.
 */
export async function serverCpu<DB>(db: Kysely<DB>): Promise<number> {
  const { rows } = await sql<{ pid: number }>`select pid from pg_stat_activity
    where backend_type = 'client backend'`.execute(db)
  const nanoseconds = await Promise.all(
    rows.map(async ({ pid }) => {
      const text = await readFile(`/proc/${pid}/schedstat`, 'utf8').catch(() => '0')
      return Number(text.split(' ')[0])
    }),
  )
  return nanoseconds.reduce((sum, each) => sum + each, 0) / 1000
}
