import { type RawBuilder, sql } from 'kysely'

/**
 * Has the server end the session when its client takes nothing of an answer for so many milliseconds,
 * to the end of the transaction. Servers on other systems than Linux would log that they cannot.
 */
export function unreadBy(milliseconds: string): RawBuilder<string> {
  const setting = sql.lit('tcp_user_timeout')
  return sql`case when version() like '%linux%' then set_config(${setting}, ${milliseconds}, true) else '' end`
}
