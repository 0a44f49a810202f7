import { type Kysely, sql } from 'kysely'
import { OFFICIAL_FUNCTIONS } from './official-sql.ts'

/** Lists what of Message DB is in schema `message_store`: its table, type, views and functions. */
export async function findParts<DB>(db: Kysely<DB>): Promise<string[]> {
  const { rows } = await sql<{ part: string }>`
    select case relkind when 'v' then 'view ' when 'c' then 'type ' when 'S' then 'sequence '
      else 'table ' end || relname as part
    from pg_class where relnamespace = to_regnamespace('message_store')
      and relkind in ('r', 'p', 'v', 'c', 'S')
    union all
    select distinct 'function ' || proname from pg_proc
    where pronamespace = to_regnamespace('message_store')
      and proname in (${sql.join(OFFICIAL_FUNCTIONS)})
    order by part
  `.execute(db)
  return rows.map(({ part }) => part)
}
