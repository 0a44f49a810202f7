import { type RawBuilder, sql } from 'kysely'
import type { LogEnd } from './end-of-record.ts'

/** Where a primary is: its log's end, and which history it writes. */
export interface PrimaryRow extends LogEnd {
  readonly timeline: number
}

/**
 * Null where the server is no primary. What is committed and can be seen before this is asked, ends
 * before it in the log, also where commits do not wait for the disk.
 */
export const primaryQuery: RawBuilder<{
  readonly [Key in keyof PrimaryRow]: PrimaryRow[Key] | null
}> = sql`
  select at::text as "insertAt",
    case when at is not null then
      ('x' || substr(pg_walfile_name(at), 1, 8))::bit(32)::int end as timeline,
    (select setting::int from pg_settings where name = 'wal_block_size') as "blockSize",
    pg_size_bytes(current_setting('wal_segment_size'))::int as "segmentSize"
  from (select case when not pg_is_in_recovery() then pg_current_wal_insert_lsn() end as at offset 0)
    as log`

export interface StandbyRow {
  readonly recovering: boolean
  readonly timeline: number
  /** Whether what was asked for is replayed: then every later statement of the session sees it. */
  readonly replayed: boolean
}

/**
 * How far a standby is. Its control file knows the timeline a little late after a failover, never too
 * early.
 */
export function standbyQuery(replayed: string | undefined): RawBuilder<StandbyRow> {
  return sql<StandbyRow>`
    select pg_is_in_recovery() as recovering,
      greatest(last.timeline_id, recovery.min_recovery_end_timeline) as timeline,
      ${replayed ?? null}::pg_lsn is null
        or coalesce(pg_last_wal_replay_lsn() >= ${replayed ?? null}::pg_lsn, false) as replayed
    from pg_control_checkpoint() as last, pg_control_recovery() as recovery`
}
