import { type RawBuilder, sql } from 'kysely'
import type { CheckpointKey } from '../checkpoint-store.ts'
import { boundedBy } from '../checkpoints/fence.ts'

/** The longest wait for a parked row, in milliseconds, unless `idleTimeout` is shorter. */
const PATIENCE = 5_000

export interface HeldRowOptions {
  readonly key: CheckpointKey
  readonly streamName: string
  readonly end: 'first' | 'last'
  readonly idleTimeout: number | undefined
}

interface ParkedRow {
  readonly message_id: string
  readonly message_type: string
  readonly attempts: number
  readonly position: string
  readonly global_position: string
}

/** One row, whose columns are null when the stream is free. */
type MaybeRow = ParkedRow | { readonly [Column in keyof ParkedRow]: null }

export function isHeld(row: MaybeRow | undefined): row is ParkedRow {
  return row !== undefined && row.attempts !== null
}

/**
 * The first or last parked message of a stream, held to the end of the transaction.
 *
 * Who asks may hold the checkpoint, and whoever holds the row may hang. So the wait ends with 55P03,
 * which is tried again in a transaction of its own: between two, a stop or a takeover gets in. The
 * transaction is bounded as a handler's is, for a replay runs in it. All in one statement: the
 * `lock_timeout` is set before the row is locked, and is the caller's again after it.
 */
export function heldRow(
  schema: string,
  { key, streamName, end, idleTimeout }: HeldRowOptions,
): RawBuilder<MaybeRow> {
  const patience = String(Math.ceil(Math.min(idleTimeout ?? PATIENCE, PATIENCE)))
  // `offset 0` keeps the inner selects, and with them the order.
  return sql<MaybeRow>`
    select held.*,
      set_config('lock_timeout', setting.before, true) as restored,
      ${boundedBy({ idleTimeout })} as bounded
    from (
      select before, set_config('lock_timeout', ${patience}, true) as patience
      from (select current_setting('lock_timeout') as before offset 0) as current
      offset 0
    ) as setting
    left join lateral (
      select message_id, message_type, attempts,
        position::text as position, global_position::text as global_position
      from ${sql.id(schema, 'parked_message')} as parked
      where setting.patience is not null
        and subscription_id = ${key.subscriptionId}
        and source = ${key.source}
        and stream_name = ${streamName}
      order by parked.global_position ${sql.raw(end === 'first' ? 'asc' : 'desc')}
      limit 1
      for update
    ) as held on true
  `
}
