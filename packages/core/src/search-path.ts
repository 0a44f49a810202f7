import { type RawBuilder, sql } from 'kysely'

/** Where the official installation puts Message DB. */
export const DEFAULT_SCHEMA = 'message_store'

/** A call of a Message DB function, as SQL. */
interface Call<Row> {
  readonly schema: string | undefined
  /** The select list over `mdb_call`, for example `mdb_call.*`. */
  readonly columns: RawBuilder<Row>
  /** Makes the call; what `afterPath` wraps is evaluated after the path is set. */
  readonly call: (afterPath: (argument: unknown) => RawBuilder<unknown>) => RawBuilder<unknown>
}

/**
 * Runs a call with Message DB's schema first on the search_path, and puts the caller's path back,
 * all in one expression: Message DB's functions call each other by bare names, but the path is the
 * caller's, whose transaction goes on.
 *
 * What is evaluated when hangs on data, not on the planner: the call's argument needs the path that
 * was set, the restoring needs the call's last row, and each row of the result needs the restoring.
 * `pg_temp` comes last, so that a temporary table named `messages` does not hide the real one.
 */
export function withSearchPath<Row>({ schema, columns, call }: Call<Row>): RawBuilder<Row> {
  const quoted = quoteIdentifier(schema ?? DEFAULT_SCHEMA)
  const fromCall = call(
    (argument) => sql`case when mdb_path.applied is not null then ${argument}::varchar end`,
  )
  return sql<Row>`(with
    mdb_caller as materialized (
      select current_setting('search_path') as path),
    mdb_path as materialized (
      select path as previous, set_config('search_path',
        concat_ws(', ', ${quoted}::text, nullif(path, ''), 'pg_temp'), true) as applied
      from mdb_caller),
    mdb_page as materialized (
      select ${columns} from mdb_path cross join lateral ${fromCall}),
    mdb_restored as materialized (
      select set_config('search_path', previous, true) as path
      from mdb_path where (select count(*) from mdb_page) >= 0)
    select mdb_row.* from mdb_restored cross join lateral (
      select * from mdb_page where mdb_restored.path is not null offset 0) as mdb_row)`
}

/** Names a function of Message DB. */
export function functionName(schema: string | undefined, name: string): RawBuilder<unknown> {
  return sql.raw(`${quoteIdentifier(schema ?? DEFAULT_SCHEMA)}.${name}`)
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
