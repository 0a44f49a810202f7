import { type RawBuilder, sql } from 'kysely'

/** What Message DB says of a condition where conditions are off. */
export const NOT_ACTIVATED = 'Retrieval with SQL condition is not activated'

/**
 * A filter that fails as Message DB's functions do where the server has conditions off, with their
 * words. SQL has no `raise` outside of a function, so it reads them as a number. `concat` keeps the
 * planner from doing so beforehand.
 */
export const conditionGate: RawBuilder<unknown> = sql`(case
    when coalesce(current_setting('message_store.sql_condition', true), 'off') <> 'off' then true
    else concat('${sql.raw(NOT_ACTIVATED)}')::int8 is not null
  end)`

/** Whether it was the gate that failed. */
export function isGateFailure(message: string): boolean {
  return message.includes(`"${NOT_ACTIVATED}"`)
}
