import { type RawBuilder, sql } from 'kysely'
import type { FunctionOptions, SchemaOptions } from './read-options.ts'

/** Where the official installation puts Message DB. */
export const DEFAULT_SCHEMA = 'message_store'

/** Makes the SQL of a call; the argument that `afterPath` wraps waits for the path to be set. */
type Call = (afterPath: (argument: unknown) => RawBuilder<unknown>) => RawBuilder<unknown>

/** Where a function is called. */
export interface CallTarget extends FunctionOptions {
  /**
   * Whether the statement evaluates the call once and nothing else: it then needs no subquery, which
   * in others keeps it from being called for each row. Default is `false`.
   */
  readonly isAlone?: boolean | undefined
}

/**
 * Calls a function that returns one value, with Message DB's schema first on the search_path:
 * Message DB's functions call each other by bare names, but the path is the caller's. Unless told
 * to leave it, the same expression puts the caller's path back.
 *
 * What is evaluated when hangs on data and not on the planner's choices: the call needs the path
 * that was set, the restoring needs the call's value, and the result needs the restoring.
 */
export function callValue<Value>(call: Call, options: CallTarget): RawBuilder<Value> {
  if (options.searchPath === 'leave') {
    // The argument sets the path: nothing is cheaper.
    const value = call((argument) => withPath(options, argument))
    return options.isAlone === true ? sql<Value>`${value}` : sql<Value>`(select ${value})`
  }
  return callSteps(call, options)
}

/** The same for a call whose argument is evaluated more than once. */
export function callSteps<Value>(call: Call, options: FunctionOptions): RawBuilder<Value> {
  if (options.searchPath === 'leave') {
    return sql<Value>`(select ${call(afterPath)} from ${leavePath(options)})`
  }
  return sql<Value>`(select mdb_value from ${restorePath(call(afterPath), options)}
    where mdb_restored is not null)`
}

/**
 * Calls a function that returns messages, as {@link callValue} does. To restore the path before
 * the first row leaves, whatever the query around it does with the rows, they are gathered first.
 */
export function callRows<Row>(
  columns: RawBuilder<Row>,
  call: Call,
  options: FunctionOptions,
): RawBuilder<Row> {
  if (options.searchPath === 'leave') {
    // The function's own argument sets the path: a join with what does costs something for each row.
    return sql<Row>`(select ${columns} from ${call((argument) => withPath(options, argument))} as mdb_call)`
  }
  const gathered = sql`(select array_agg(mdb_call) from ${call(afterPath)} as mdb_call)`
  return sql<Row>`(select ${columns} from ${restorePath(gathered, options)} cross join lateral
    unnest(case when mdb_restored is not null then mdb_value end) as mdb_call)`
}

/** Names a function of Message DB. */
export function functionName({ schema }: SchemaOptions, name: string): RawBuilder<unknown> {
  return sql.raw(`${quoteIdentifier(schema ?? DEFAULT_SCHEMA)}.${name}`)
}

/** Names a table of Message DB. */
export const tableName: typeof functionName = functionName

function afterPath(argument: unknown): RawBuilder<unknown> {
  return sql`case when mdb_applied is not null then ${argument}::varchar end`
}

// `offset 0` keeps each step a step: without it the path would be read again after it was set.
function setPath(options: FunctionOptions): RawBuilder<unknown> {
  return sql`(select mdb_previous, ${applyPath(options, sql.ref('mdb_previous'))} as mdb_applied
    from (select current_setting('search_path') as mdb_previous offset 0) as mdb_caller
    offset 0) as mdb_path`
}

function withPath(options: FunctionOptions, argument: unknown): RawBuilder<unknown> {
  const applied = applyPath(options, sql`current_setting('search_path')`)
  return sql`case when ${applied} is not null then ${argument}::varchar end`
}

// The same for a caller that does not want the path back.
function leavePath(options: FunctionOptions): RawBuilder<unknown> {
  return sql`(select ${applyPath(options, sql`current_setting('search_path')`)} as mdb_applied
    offset 0) as mdb_path`
}

// `pg_temp` is last, so that a temporary table named `messages` does not hide the real one.
function applyPath({ schema }: SchemaOptions, previous: RawBuilder<unknown>): RawBuilder<unknown> {
  const quoted = quoteIdentifier(schema ?? DEFAULT_SCHEMA)
  return sql`set_config('search_path',
      concat_ws(', ', ${quoted}::text, nullif(${previous}, ''), 'pg_temp'), true)`
}

// Both branches are the same: the case is there to need the value.
function restorePath(value: RawBuilder<unknown>, options: FunctionOptions): RawBuilder<unknown> {
  return sql`(select mdb_value, set_config('search_path',
      case when mdb_value is null then mdb_previous else mdb_previous end, true) as mdb_restored
    from (select mdb_previous, ${value} as mdb_value from ${setPath(options)} offset 0) as mdb_result
    offset 0) as mdb_done`
}

function quoteIdentifier(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}
