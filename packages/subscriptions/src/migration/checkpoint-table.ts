import { sql, type Kysely } from 'kysely'

/** Makes the table of checkpoints, or adds what an older one lacks. False when nothing was to do. */
export async function ensureCheckpointTable<DB>(trx: Kysely<DB>, schema: string): Promise<boolean> {
  const table = sql.id(schema, 'checkpoint')
  const columns = await columnsOf(trx, schema, 'checkpoint')
  if (columns.has('retired_by')) return false
  if (columns.has('epoch')) {
    // made before subscriptions could be retired
    await sql`alter table ${table} add column retired_by text`.execute(trx)
    return true
  }
  if (columns.size > 0) {
    // made before checkpoints had owners
    await sql`
      alter table ${table}
        alter column position drop not null,
        add column epoch bigint not null default 0 check (epoch >= 0),
        add column owner text,
        add column claimed_at timestamptz,
        add column retired_by text
    `.execute(trx)
    return true
  }
  await sql`
    create table ${table} (
      subscription_id text not null,
      source text not null,
      group_member integer not null default 0,
      group_size integer not null default 0,
      position bigint check (position >= 0),
      updated_at timestamptz not null default now(),
      epoch bigint not null default 0 check (epoch >= 0),
      owner text,
      claimed_at timestamptz,
      retired_by text,
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
