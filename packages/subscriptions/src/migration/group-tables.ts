import { type Kysely, type RawBuilder, sql } from 'kysely'
import { columnsOf } from './checkpoint-table.ts'

/** Makes the tables of elastic groups. False when they are there. */
export async function ensureGroupTables<DB>(trx: Kysely<DB>, schema: string): Promise<boolean> {
  if ((await columnsOf(trx, schema, 'consumer_group')).size > 0) return false
  const table = (name: string): RawBuilder<unknown> => sql.id(schema, name)
  await sql`
    create table ${table('consumer_group')} (
      subscription_id text not null,
      source text not null,
      size integer not null check (size > 0),
      resize_to integer check (resize_to > 0),
      barrier bigint check (barrier >= 0),
      primary key (subscription_id, source)
    )
  `.execute(trx)
  await sql`
    create table ${table('consumer_group_member')} (
      subscription_id text not null,
      source text not null,
      member integer not null check (member >= 0),
      owner text,
      epoch bigint not null default 0,
      expires_at timestamptz,
      state text not null default 'open' check (state in ('open', 'done')),
      primary key (subscription_id, source, member),
      foreign key (subscription_id, source) references ${table('consumer_group')} on delete cascade,
      check ((owner is null) = (expires_at is null))
    )
  `.execute(trx)
  await sql`
    create table ${table('consumer_group_process')} (
      subscription_id text not null,
      source text not null,
      process_id text not null,
      expires_at timestamptz not null,
      primary key (subscription_id, source, process_id),
      foreign key (subscription_id, source) references ${table('consumer_group')} on delete cascade
    )
  `.execute(trx)
  return true
}
