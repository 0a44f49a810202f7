import { type RawBuilder, sql } from 'kysely'
import { acquireLocks } from '../functions/acquire-locks.ts'
import type { FunctionOptions } from '../read-options.ts'
import { jsonbParameter } from '../jsonb-parameter.ts'
import { functionName } from '../search-path.ts'
import { toTimestamp } from '../timestamp.ts'
import type { PlannedItem } from './plan-import.ts'

/** What the store has of a batch: a stream and its version, or an id. */
export interface StateRow {
  readonly name: string
  /** `null` for an id. */
  readonly version: string | null
}

/** Reads the versions of streams, and which of some ids the store has. */
export function selectState(
  streamNames: readonly string[],
  ids: readonly string[],
  target: FunctionOptions,
): RawBuilder<StateRow> {
  const messages = functionName(target, 'messages')
  return sql<StateRow>`select stream.name, version."position"::text as version
      from jsonb_array_elements_text(${JSON.stringify(streamNames)}::text::jsonb) as stream (name)
      cross join lateral (select max(message."position") as "position" from ${messages} as message
        where message.stream_name = stream.name) as version
      where version."position" is not null
    union all
    select message.id::text, null from ${messages} as message
      where message.id = any (${`{${ids.join(',')}}`}::text::uuid[])`
}

/** How messages are inserted. */
export interface InsertOptions {
  readonly keepTimes: boolean
  /** The stream names whose categories' locks to take first. Default is none. */
  readonly lock?: readonly string[]
}

/**
 * Inserts messages at their positions, in the order of the batch, which gives the order of the global
 * positions. They travel as arrays, which PostgreSQL reads faster than objects.
 *
 * With names to lock, the same statement takes their categories' locks: no row comes out of the join
 * before, and a row gets its global position when it is inserted.
 */
export function insertMessages(
  planned: readonly PlannedItem[],
  target: FunctionOptions,
  { keepTimes, lock = [] }: InsertOptions,
): RawBuilder<unknown> {
  const elements = planned.map((item) => toArray(item, keepTimes))
  // Without one, the column has its default: now.
  const time = keepTimes
    ? {
        column: sql`, "time"`,
        value: sql`, coalesce((element.value ->> 6)::timestamp, now() at time zone 'utc')`,
      }
    : { column: sql``, value: sql`` }
  const [locked, condition] =
    lock.length === 0
      ? [sql``, sql``]
      : [
          sql`(select ${acquireLocks(lock, target)} as keys offset 0) as mdb_lock cross join`,
          sql`where mdb_lock.keys is not null`,
        ]
  return sql`insert into ${functionName(target, 'messages')}
      (id, stream_name, "position", type, data, metadata ${time.column})
    select (element.value ->> 0)::uuid, element.value ->> 1, (element.value ->> 2)::bigint,
      element.value ->> 3, element.value -> 4 -> 0, element.value -> 5 -> 0 ${time.value}
    from ${locked} jsonb_array_elements(${jsonbParameter(`[${elements.join(',')}]`)})
      with ordinality as element (value, n) ${condition}
    order by element.n`
}

// In an array of its own, a value that is not there, SQL NULL, differs from JSON null.
function toArray({ item, position }: PlannedItem, keepTimes: boolean): string {
  const { id, streamName, type, data, metadata, time } = item
  const names = `"${id}",${JSON.stringify(streamName)},${position},${JSON.stringify(type)}`
  const at = keepTimes && time !== undefined ? `,"${toTimestamp(time)}"` : ''
  return `[${names},[${data ?? ''}],[${metadata ?? ''}]${at}]`
}
