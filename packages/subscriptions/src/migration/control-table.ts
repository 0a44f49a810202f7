import { sql, type Kysely } from 'kysely'
import { columnsOf } from './checkpoint-table.ts'

/** Makes the table of what operators ask of subscriptions. False when it is there. */
export async function ensureControlTable<DB>(trx: Kysely<DB>, schema: string): Promise<boolean> {
  const table = sql.id(schema, 'subscription_control')
  if ((await columnsOf(trx, schema, 'subscription_control')).size > 0) return false
  await sql`
    create table ${table} (
      subscription_id text not null,
      source text not null,
      pauses bigint not null default 0,
      paused_at timestamptz,
      seeks bigint not null default 0,
      primary key (subscription_id, source)
    )
  `.execute(trx)
  await sql`comment on table ${table} is ${sql.lit(
    'What operators have asked of the subscriptions of @mdb/subscriptions: to pause, to go on elsewhere',
  )}`.execute(trx)
  return true
}
