import { type RawBuilder, sql } from 'kysely'
import { toServerVersion } from '../expected-version.ts'
import type { FunctionOptions } from '../read-options.ts'
import { jsonbParameter } from '../jsonb-parameter.ts'
import { callSteps, functionName } from '../search-path.ts'
import { expectedMember, streamMember, toElement } from '../writing/element.ts'
import { KIND } from './group-outcome.ts'
import type { Unit } from './unit.ts'

/**
 * Writes a group in one statement: under the category's lock it takes each unit in turn, sees
 * whether the unit can be written, and if so writes it by `write_message`. The value is an array of
 * pairs, a {@link KIND} and a number, one for each message.
 *
 * What `write_message` would refuse is not given to it, for its refusal would fail the group. The
 * version is asked of `stream_version`, which sees what was committed before the lock was got. The
 * ids are looked up in the statement's snapshot, which is older: an id that came in between fails
 * the group, whose units are then written one by one.
 */
export function writeGroup(units: readonly Unit[], options: FunctionOptions): RawBuilder<unknown> {
  const elements = units.flatMap(toElements)
  const [first] = units
  const call = (name: string): RawBuilder<unknown> => functionName(options, name)
  const element = sql`mdb_group.elements -> mdb_step.n`
  const version = sql`${call('stream_version')}(stream_name => ${element} ->> 'stream')`

  return callSteps(
    (afterPath) => sql`(select (with recursive mdb_step (n, outcome) as (
        select 0, array[null, ${call('acquire_lock')}(
          stream_name => ${afterPath(first?.streamName)})]
        union all
        select mdb_step.n + 1, case
          when ${element} ->> 'follows' is not null and mdb_step.outcome[1] <> ${KIND.written}::integer
            then array[${KIND.skipped}::bigint, null]
          when (${element} ->> 'expected')::bigint <> coalesce(${version}, -1)
            then array[${KIND.conflict}::bigint, coalesce(${version}, -1)]
          when exists (select from ${call('messages')} as message
            where message.id = any ((${element} ->> 'ids')::uuid[]))
            then array[${KIND.duplicate}::bigint, (select min(own.n) - 1
              from unnest((${element} ->> 'ids')::uuid[]) with ordinality as own (id, n)
              join ${call('messages')} as message on message.id = own.id)]
          else array[${KIND.written}::bigint, ${call('write_message')}(
            id => ${element} ->> 'id', stream_name => ${element} ->> 'stream',
            "type" => ${element} ->> 'type', data => ${element} -> 'data',
            metadata => ${element} -> 'metadata')] end
        from mdb_step
        where mdb_step.n < ${elements.length}::integer and mdb_step.outcome is not null)
      select array_agg(outcome order by n) from mdb_step where n > 0)
      from (select ${jsonbParameter(`[${elements.join(',')}]`)} as elements offset 0) as mdb_group)`,
    options,
  )
}

// The first of a unit decides for those that follow it.
function toElements({ batch, expectedVersion }: Unit): string[] {
  const version = toServerVersion(expectedVersion)
  const ids = `{${batch.map(({ id }) => id).join(',')}}`
  const first = [`"ids":"${ids}"`, ...expectedMember(version)]
  return batch.map((message, index) =>
    toElement(message, [streamMember(message), ...(index === 0 ? first : ['"follows":true'])]),
  )
}
