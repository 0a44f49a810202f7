import { type RawBuilder, sql } from 'kysely'

/** Undefined for all messages. */
export type Categories = readonly string[] | undefined

export interface SettledRow {
  /** The last global position there is, as text. */
  readonly head: string | null
  readonly standby: boolean
  /** JSON text of `OpenWriter`s; null when nobody holds a lock, or nothing is to be read anyway. */
  readonly writers: string | null
}

/**
 * The head, and who was writing when it was read, in one statement. Its snapshot is taken before it
 * runs, and the locks are read while it runs: so every transaction that drew a position up to the
 * head has either ended, or is among the writers. Nothing but the head is read when it lies before
 * the position.
 */
export function settledQuery(
  schema: string,
  categories: Categories,
  position: bigint,
): RawBuilder<SettledRow> {
  return sql<SettledRow>`select bound.head::text as head, pg_is_in_recovery() as standby,
      case when bound.head >= ${String(position)}::bigint then
        (${writersQuery(schema, categories)}) end as writers
    from (select ${head(schema, categories)} as head offset 0) as bound`
}

/** Who is writing now, as JSON text. */
export function writersQuery(
  schema: string,
  categories: Categories,
): RawBuilder<Pick<SettledRow, 'writers'>> {
  return sql`select jsonb_agg(distinct
      jsonb_build_object('pid', pid, 'transaction', virtualtransaction))::text as writers
    from pg_locks
    where granted and database = (select oid from pg_database where datname = current_database())
      and ${holdsWritersLock(schema, categories)}`
}

// An insert takes the table's lock before it draws a position, and holds it to the end, whatever
// advisory locks the application holds beside. Of known categories, their own lock says more.
function holdsWritersLock(schema: string, categories: Categories): RawBuilder<unknown> {
  if (categories === undefined) {
    return sql`locktype = 'relation' and mode = 'RowExclusiveLock'
      and relation = ${`${quoted(schema)}.messages`}::regclass`
  }
  return sql`locktype = 'advisory' and objsubid = 1 and mode = 'ExclusiveLock'
    and (classid::bigint << 32 | objid::bigint) in (
      select ${sql.id(schema, 'hash_64')}(name::varchar) from ${names(categories)} as name)`
}

function head(schema: string, categories: Categories): RawBuilder<unknown> {
  const messages = sql.id(schema, 'messages')
  if (categories === undefined) {
    return sql`(select message.global_position from ${messages} as message
      order by message.global_position desc limit 1)`
  }
  return sql`(select max(last.global_position) from ${names(categories)} as name
    cross join lateral (select message.global_position from ${messages} as message
      where ${sql.id(schema, 'category')}(message.stream_name) = name
      order by message.global_position desc limit 1) as last)`
}

function names(categories: readonly string[]): RawBuilder<unknown> {
  return sql`jsonb_array_elements_text(${JSON.stringify(categories)}::jsonb)`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
