import { type Kysely, sql } from 'kysely'
import type { TortureDatabase } from './database.ts'

export interface Totals {
  readonly messages: number
  readonly effects: number
  /** Messages without an effect. */
  readonly lost: number
  /** Messages with more than one. */
  readonly doubled: number
  /** Effects without a message. */
  readonly phantoms: number
  /** Effects after those of a later message of their stream. */
  readonly disordered: number
}

/** Compares what was done with what was written, message by message. */
export async function countTotals(db: Kysely<TortureDatabase>): Promise<Totals> {
  const { rows } = await sql<Totals>`
    with message as (
      select global_position from message_store.messages
      where message_store.category(stream_name) = 'flight'
    ),
    ordered as (
      select "position" < lag("position") over (partition by stream_name order by seq) as late
      from effect
    )
    select
      (select count(*) from message)::int as messages,
      (select count(*) from effect)::int as effects,
      (select count(*) from message where global_position not in (select global_position from effect))::int as lost,
      (select count(*) from (
        select from effect group by global_position having count(*) > 1
      ) as twice)::int as doubled,
      (select count(*) from effect where global_position not in (select global_position from message))::int as phantoms,
      (select count(*) from ordered where late)::int as disordered
  `.execute(db)
  return rows[0] as Totals
}
