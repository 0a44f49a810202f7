import { sql, type Kysely } from 'kysely'

/** What sessions have read of Message DB's table so far, and how many transactions they ended. */
export interface TableReads {
  /** Rows fetched, by an index or by a scan. */
  readonly rows: number
  /** Blocks of the table and its indexes. */
  readonly blocks: number
}

/**
 * Reads the server's own statistics, after the session of `worker` (a Kysely of one connection) has
 * handed in its part.
 */
export async function tableReads<DB>(
  worker: Kysely<DB>,
  observer: Kysely<DB>,
): Promise<TableReads> {
  await sql`select pg_stat_force_next_flush()`.execute(worker)
  const { rows } = await sql<{ rows: string; blocks: string }>`
    select seq_tup_read + coalesce(idx_tup_fetch, 0) as rows,
      heap_blks_hit + heap_blks_read + idx_blks_hit + idx_blks_read as blocks
    from pg_stat_user_tables join pg_statio_user_tables using (relid)
    where relid = 'message_store.messages'::regclass
  `.execute(observer)
  const [row] = rows
  return { rows: Number(row?.rows), blocks: Number(row?.blocks) }
}

/** Nothing but the test touches the table. */
export async function withoutAutovacuum<DB>(db: Kysely<DB>): Promise<void> {
  await sql`alter table message_store.messages set (autovacuum_enabled = off)`.execute(db)
}
