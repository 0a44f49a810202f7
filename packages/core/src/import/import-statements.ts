import { type RawBuilder, sql } from 'kysely'
import type { FunctionOptions } from '../read-options.ts'
import { functionName } from '../search-path.ts'
import { streamMember, toElement } from '../writing/element.ts'
import type { ImportItem } from './import-batches.ts'
import type { PlannedItem } from './plan-import.ts'

/** What the store has of a batch: a stream and its version, or an id. */
export interface StateRow {
  readonly name: string
  /** `null` for an id. */
  readonly version: string | null
}

/** Reads the versions of a batch's streams, and which of its ids the store has. */
export function selectState(
  batch: readonly ImportItem[],
  target: FunctionOptions,
): RawBuilder<StateRow> {
  const names = [...new Set(batch.map(({ streamName }) => streamName))]
  const ids = `{${batch.map(({ id }) => id).join(',')}}`
  const messages = functionName(target, 'messages')
  return sql<StateRow>`select stream.name, version."position"::text as version
      from jsonb_array_elements_text(${JSON.stringify(names)}::text::jsonb) as stream (name)
      cross join lateral (select max(message."position") as "position" from ${messages} as message
        where message.stream_name = stream.name) as version
      where version."position" is not null
    union all
    select message.id::text, null from ${messages} as message
      where message.id = any (${ids}::text::uuid[])`
}

/**
 * Inserts messages at their positions, in the order of the batch, which gives the order of the global
 * positions.
 */
export function insertMessages(
  planned: readonly PlannedItem[],
  target: FunctionOptions,
  { keepTimes }: { readonly keepTimes: boolean },
): RawBuilder<unknown> {
  const elements = planned.map(({ item, position }) =>
    toElement(item, [
      streamMember(item),
      `"position":${position}`,
      ...(keepTimes && item.time !== undefined ? [`"time":"${toTimestamp(item.time)}"`] : []),
    ]),
  )
  return sql`insert into ${functionName(target, 'messages')}
      (id, stream_name, "position", type, data, metadata, "time")
    select (element.value ->> 'id')::uuid, element.value ->> 'stream',
      (element.value ->> 'position')::bigint, element.value ->> 'type', element.value -> 'data',
      element.value -> 'metadata',
      coalesce((element.value ->> 'time')::timestamp, now() at time zone 'utc')
    from jsonb_array_elements(${`[${elements.join(',')}]`}::text::jsonb)
      with ordinality as element (value, n)
    order by element.n`
}

// The column has no time zone, and holds UTC.
function toTimestamp(time: Date): string {
  return time.toISOString().slice(0, -1)
}
