import { sql, type Kysely } from 'kysely'

// What the table did not have when it was first made: checkpoints had no owners, could not be retired,
// were not paused or moved from outside.
const ADDED = [
  ['epoch', 'bigint not null default 0 check (epoch >= 0)'],
  ['owner', 'text'],
  ['claimed_at', 'timestamptz'],
  ['retired_by', 'text'],
  ['released_at', 'timestamptz'],
  ['acknowledged_pause', 'bigint'],
  ['seeks', 'bigint not null default 0'],
] as const

/** Makes the table of checkpoints, or adds what an older one lacks. False when nothing was to do. */
export async function ensureCheckpointTable<DB>(trx: Kysely<DB>, schema: string): Promise<boolean> {
  const table = sql.id(schema, 'checkpoint')
  const columns = await columnsOf(trx, schema, 'checkpoint')
  const missing = ADDED.filter(([name]) => !columns.has(name))
  if (missing.length === 0) return false
  const definitions = missing.map(
    ([name, definition]) => sql`${sql.id(name)} ${sql.raw(definition)}`,
  )
  if (columns.size > 0) {
    await sql`
      alter table ${table}
        alter column position drop not null,
        drop constraint if exists checkpoint_position_check,
        add constraint checkpoint_position_check check (position >= -1),
        ${sql.join(definitions.map((each) => sql`add column ${each}`))}
    `.execute(trx)
    return true
  }
  await sql`
    create table ${table} (
      subscription_id text not null,
      source text not null,
      group_member integer not null default 0,
      group_size integer not null default 0,
      position bigint constraint checkpoint_position_check check (position >= -1),
      updated_at timestamptz not null default now(),
      ${sql.join(definitions)},
      primary key (subscription_id, source, group_size, group_member),
      check (group_member >= 0 and (group_member < group_size or (group_member = 0 and group_size = 0)))
    )
  `.execute(trx)
  await sql`comment on table ${table} is ${sql.lit(
    'Where the subscriptions of @mdb/subscriptions are: the last position handled, a row a key',
  )}`.execute(trx)
  return true
}

/** The columns of a table; none when there is no table. */
export async function columnsOf<DB>(
  trx: Kysely<DB>,
  schema: string,
  table: string,
): Promise<ReadonlySet<string>> {
  const { rows } = await sql<{ name: string }>`
    select attname as name
    from pg_attribute
    join pg_class on pg_class.oid = attrelid
    join pg_namespace on pg_namespace.oid = relnamespace
    where nspname = ${schema} and relname = ${table} and attnum > 0 and not attisdropped
  `.execute(trx)
  return new Set(rows.map(({ name }) => name))
}
