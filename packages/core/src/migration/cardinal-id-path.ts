import { type Kysely, sql } from 'kysely'

/**
 * Lets `cardinal_id` find `id`, which it calls by its bare name, whatever the search_path. ANALYZE,
 * the restoring of a dump and, since PostgreSQL 17, all that builds an index run with an empty one.
 */
export async function settleCardinalId<DB>(trx: Kysely<DB>): Promise<void> {
  const path = await cardinalIdPath(trx)
  if (path === undefined || !path.includes('message_store')) {
    await sql.raw(SETTLE_CARDINAL_ID).execute(trx)
  }
}

/** Undoes {@link settleCardinalId}; a path that somebody else gave the function stays. */
export async function unsettleCardinalId<DB>(trx: Kysely<DB>): Promise<void> {
  if ((await cardinalIdPath(trx)) !== OUR_PATH) return
  await sql`alter function message_store.cardinal_id(varchar) reset search_path`.execute(trx)
}

/** The search_path that the function brings with it. */
export async function cardinalIdPath<DB>(db: Kysely<DB>): Promise<string | undefined> {
  const { rows } = await sql<{ setting: string }>`
    select substring(setting from '^search_path=(.*)$') as setting
    from pg_proc, unnest(proconfig) as setting
    where pronamespace = to_regnamespace('message_store') and proname = 'cardinal_id'
      and setting like 'search_path=%'
  `.execute(db)
  return rows[0]?.setting
}

/** Whether a setting of a function is the path that lets `cardinal_id` find `id`. */
export function settlesCardinalId({ name }: { readonly name: string }, setting: string): boolean {
  const [, path = ''] = /^search_path=(.*)$/.exec(setting) ?? []
  return name === 'cardinal_id' && /\bmessage_store\b/.test(path)
}

const OUR_PATH = 'message_store, pg_temp'

/** The statement that lets `cardinal_id` be used in an index. */
export const SETTLE_CARDINAL_ID: string = `alter function message_store.cardinal_id(varchar) set search_path = ${OUR_PATH}`
