import { type Kysely, sql } from 'kysely'
import type { CheckpointKey } from '../checkpoint-store.ts'
import type { FailedMessage } from '../errors.ts'

/** The first parked message of a stream: what keeps the stream in quarantine. */
export interface FirstParked extends FailedMessage {
  /** How often the handler was tried, replays counted; 0 when what was before it has been discarded. */
  readonly attempts: number
  /** What the handler threw last, as text; undefined when it was not tried. */
  readonly error: string | undefined
  readonly parkedAt: Date
  /** When a replay last failed on it. */
  readonly triedAt: Date | undefined
  /** How many messages of the stream wait behind it. */
  readonly behind: number
}

/** What `list` takes. */
export interface ListParkedOptions {
  /** By when they were parked. Default is `'oldest first'`. */
  readonly order?: 'oldest first' | 'newest first' | undefined
  /** How many streams at most. Default is 100. */
  readonly limit?: number | undefined
}

interface Row {
  readonly stream_name: string
  readonly message_id: string
  readonly message_type: string
  readonly position: string
  readonly global_position: string
  readonly attempts: number
  readonly error: string | null
  readonly parked_at: string
  readonly tried_at: string | null
  readonly behind: string
}

/** Times travel as milliseconds, which no driver's parsers and no time zone change. */
export async function listParked<DB>(
  db: Kysely<DB>,
  schema: string,
  { subscriptionId, source }: CheckpointKey,
  { order = 'oldest first', limit = 100 }: ListParkedOptions,
): Promise<readonly FirstParked[]> {
  const direction = sql.raw(order === 'oldest first' ? 'asc' : 'desc')
  const { rows } = await sql<Row>`
    select stream_name, message_id::text as message_id, message_type,
      position::text as position, first.global_position::text as global_position,
      attempts, error,
      (extract(epoch from parked_at) * 1000)::text as parked_at,
      (extract(epoch from tried_at) * 1000)::text as tried_at,
      behind::text as behind
    from (
      select distinct on (stream_name) parked.*,
        count(*) over (partition by stream_name) - 1 as behind
      from ${sql.id(schema, 'parked_message')} as parked
      where subscription_id = ${subscriptionId} and source = ${source}
      order by stream_name, parked.global_position
    ) as first
    order by first.parked_at ${direction}, first.global_position ${direction}
    limit ${String(limit)}::bigint
  `.execute(db)
  return rows.map(toFirstParked)
}

function toFirstParked(row: Row): FirstParked {
  return {
    id: row.message_id,
    streamName: row.stream_name,
    type: row.message_type,
    position: BigInt(row.position),
    globalPosition: BigInt(row.global_position),
    attempts: row.attempts,
    error: row.error ?? undefined,
    parkedAt: new Date(Number(row.parked_at)),
    triedAt: row.tried_at === null ? undefined : new Date(Number(row.tried_at)),
    behind: Number(row.behind),
  }
}
