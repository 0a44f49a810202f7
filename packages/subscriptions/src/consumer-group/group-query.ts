import {
  type Expression,
  type ExpressionBuilder,
  type Kysely,
  type RawBuilder,
  sql,
  type SqlBool,
} from 'kysely'
import type { CheckpointTable } from '../database.ts'
import { unreadBy } from '../tcp-user-timeout.ts'
import type { GroupKey } from './group-store.ts'
import type { GroupTables } from './group-tables.ts'

/** The tables that a heartbeat works on, in the schema of the caller's choice. */
export type GroupDatabase = GroupTables & { checkpoint: CheckpointTable }

export interface GroupSchemas {
  /** The schema of the tables. */
  readonly schema: string
  /** The schema of Message DB. */
  readonly messageStore: string
}

/** Rows of one group, in any of the tables. */
export function ofGroup({ subscriptionId, source }: GroupKey) {
  return (eb: ExpressionBuilder<GroupDatabase, keyof GroupDatabase>): Expression<SqlBool> =>
    eb.and([eb('subscription_id', '=', subscriptionId), eb('source', '=', source)])
}

/** The server's time, so many milliseconds from now. Not the transaction's, which may be old. */
export function fromNow<Value = string>(milliseconds: number): RawBuilder<Value> {
  return sql<Value>`clock_timestamp() + ${milliseconds} * interval '1 millisecond'`
}

/**
 * Bounds the rest of a transaction that holds up a whole group: the server ends it when its process
 * is paused or cut off in the middle, and it waits for no lock for long. All are tried again.
 */
export async function boundTransaction(
  trx: Kysely<GroupDatabase>,
  milliseconds = 2_000,
): Promise<void> {
  const bound = String(Math.ceil(milliseconds))
  await sql`
    select
      set_config('idle_in_transaction_session_timeout', ${bound}, true),
      set_config('lock_timeout', ${bound}, true),
      ${unreadBy(bound)}
  `.execute(trx)
}
