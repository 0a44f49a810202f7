import { sql, type Kysely } from 'kysely'
import { columnsOf } from './checkpoint-table.ts'

/** Makes the table of parked messages. False when it is there. */
export async function ensureParkedMessageTable<DB>(
  trx: Kysely<DB>,
  schema: string,
): Promise<boolean> {
  const table = sql.id(schema, 'parked_message')
  if ((await columnsOf(trx, schema, 'parked_message')).size > 0) return false
  await sql`
    create table ${table} (
      subscription_id text not null,
      source text not null,
      stream_name text not null,
      global_position bigint not null,
      position bigint not null,
      message_id uuid not null,
      message_type text not null,
      attempts integer not null check (attempts >= 0),
      error text,
      error_stack text,
      parked_at timestamptz not null default clock_timestamp(),
      tried_at timestamptz,
      primary key (subscription_id, source, stream_name, global_position)
    )
  `.execute(trx)
  await sql`comment on table ${table} is ${sql.lit(
    'Messages that subscriptions of @mdb/subscriptions set aside, and those that queue behind them',
  )}`.execute(trx)
  return true
}
