import { type Kysely, sql } from 'kysely'

/** An index that makes the reads of a consumer group of one size cheap. */
export interface ConsumerGroupIndex {
  /** Its name, in schema `message_store`. */
  readonly name: string
  /** The size of the groups that it serves. */
  readonly size: number
  /**
   * `'valid'`: in use. `'building'`: somebody builds it now. `'invalid'`: a build failed; it costs
   * every write and serves no read, until `createConsumerGroupIndex` builds it again.
   */
  readonly state: 'valid' | 'building' | 'invalid'
  /** How large it is on disk, in bytes. */
  readonly bytes: bigint
}

/**
 * Finds the consumer-group indexes of a store by their definition, so those made by hand too.
 *
 * @example
 * ```ts
 * import { createConsumerGroupIndex, findConsumerGroupIndexes } from '@mdb/core/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await createConsumerGroupIndex(db, { size: 4 })
 * console.log(await findConsumerGroupIndexes(db))
 * // [{ name: 'mdb_consumer_group_4', size: 4, state: 'valid', bytes: 8192n }]
 * ```
 *
 * @returns the indexes, by size; none where Message DB is not installed.
 *
 * Stands on PostgreSQL's catalog.
 */
export async function findConsumerGroupIndexes<DB>(db: Kysely<DB>): Promise<ConsumerGroupIndex[]> {
  // During most of a concurrent build only the table is locked, and another role's entry in the
  // progress view does not say which index it is about.
  const { rows } = await sql<IndexRow>`
    select c.relname::text as name, pg_get_indexdef(c.oid) as definition,
      pg_relation_size(c.oid)::text as bytes,
      case when i.indisvalid and i.indisready then 'valid'
        when exists (
          select from pg_stat_progress_create_index p
          where p.datid = (select oid from pg_database where datname = current_database())
            and (p.index_relid = c.oid or p.index_relid is null and exists (
              select from pg_locks l where l.pid = p.pid and l.relation = i.indrelid
                and l.granted and l.mode = 'ShareUpdateExclusiveLock'))
        ) then 'building'
        else 'invalid' end as state
    from pg_index i
    join pg_class c on c.oid = i.indexrelid
    join pg_class t on t.oid = i.indrelid
    where t.relnamespace = to_regnamespace('message_store') and t.relname = 'messages'
  `.execute(db.withoutPlugins())
  return rows
    .flatMap(({ name, definition, bytes, state }) => {
      const size = groupSize(definition)
      return size === undefined ? [] : [{ name, size, state, bytes: BigInt(bytes) }]
    })
    .sort((one, other) => one.size - other.size)
}

interface IndexRow {
  readonly name: string
  readonly definition: string
  readonly bytes: string
  readonly state: ConsumerGroupIndex['state']
}

/** The size of the group that an index definition of the server serves, if it is such an index. */
export function groupSize(definition: string): number | undefined {
  const bare = definition.replaceAll(/message_store\.|::character varying|::bigint|[()\s'"]/g, '')
  const [, size] = GROUP_INDEX.exec(bare) ?? []
  return size === undefined ? undefined : Number(size)
}

const GROUP_INDEX =
  /USINGbtreecategorystream_name,mod@hash_64cardinal_idstream_name,(\d+),global_position$/
