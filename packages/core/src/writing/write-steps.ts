import { type RawBuilder, sql } from 'kysely'
import { type ExpectedVersion, toServerVersion } from '../expected-version.ts'
import type { Int8 } from '../int8.ts'
import type { FunctionOptions } from '../read-options.ts'
import { callValue, functionName } from '../search-path.ts'
import type { BatchMessage } from './batch.ts'
import { expectedMember, streamMember, toElement } from './element.ts'
import { lockOrder } from './lock-order.ts'

/** The positions of a batch, in its order: an array of PostgreSQL's `bigint`. */
export type Positions = RawBuilder<Int8[]>

/**
 * Writes the messages of one stream in one statement, each by `write_message`. A message is written
 * at the version that the one before it made, so their order hangs on data and not on the planner.
 */
export function writeToStream(
  streamName: string,
  batch: readonly BatchMessage[],
  expectedVersion: ExpectedVersion,
  options: FunctionOptions,
): Positions {
  const version = toServerVersion(expectedVersion)
  return callValue(
    (afterPath) =>
      steps(
        batch.map((message) => toElement(message)),
        0,
        (element) =>
          writeMessage(options, element, {
            streamName: afterPath(streamName),
            expectedVersion: sql`case mdb_step.n when 0 then ${version}::bigint else mdb_step."position" end`,
          }),
      ),
    options,
  )
}

/**
 * Writes messages of any streams in one statement, each by `write_message`, in their order. When
 * they are of several categories, the locks are taken first, in the one order that all use.
 */
export function writeToStreams(
  batch: readonly BatchMessage[],
  options: FunctionOptions,
): Positions {
  const categories = locksOf(batch)
  // One lock, write_message takes by itself.
  const locks = categories.length > 1 ? categories : []
  const writes = batch.map((message) =>
    toElement(message, [streamMember(message), ...expectedMember(versionOf(message))]),
  )
  return callValue(
    (afterPath) =>
      steps([...locks, ...writes], locks.length, (element) => {
        const write = writeMessage(options, element, {
          streamName: afterPath(sql`${element} ->> 'stream'`),
          expectedVersion: sql`${element} ->> 'expected'`,
        })
        if (locks.length === 0) return write
        return sql`case when mdb_step.n < ${locks.length}::integer
          then ${acquireLock(options, afterPath(sql`${element} ->> 'lock'`))}
          else ${write} end`
      }),
    options,
  )
}

/**
 * Runs `step` for each element in turn: the recursion makes the row of one out of the row of the one
 * before it. The values of the first `skipped` are left out of the result. The elements come from
 * outside the recursion, which would copy them at each turn if they were a table in it.
 */
function steps(
  elements: readonly string[],
  skipped: number,
  step: (element: RawBuilder<unknown>) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`(select (with recursive mdb_step (n, "position") as (
      select 0, 0::bigint
      union all
      select mdb_step.n + 1, ${step(sql`mdb_batch.elements -> mdb_step.n`)}
      from mdb_step
      where mdb_step.n < ${elements.length}::integer and mdb_step."position" is not null)
    select array_agg("position" order by n) from mdb_step where n > ${skipped}::integer)
    from (select ${`[${elements.join(',')}]`}::text::jsonb as elements offset 0) as mdb_batch)`
}

function versionOf({ expectedVersion }: BatchMessage): bigint | null {
  return toServerVersion(expectedVersion)
}

function locksOf(batch: readonly BatchMessage[]): string[] {
  const names = lockOrder(batch.map(({ streamName }) => streamName))
  return names.map((name) => `{"lock":${JSON.stringify(name)}}`)
}

function acquireLock(
  options: FunctionOptions,
  streamName: RawBuilder<unknown>,
): RawBuilder<unknown> {
  return sql`${functionName(options, 'acquire_lock')}(stream_name => ${streamName})`
}

function writeMessage(
  options: FunctionOptions,
  element: RawBuilder<unknown>,
  { streamName, expectedVersion }: Record<'streamName' | 'expectedVersion', RawBuilder<unknown>>,
): RawBuilder<unknown> {
  return sql`${functionName(options, 'write_message')}(
    id => ${element} ->> 'id', stream_name => ${streamName}, "type" => ${element} ->> 'type',
    data => ${element} -> 'data', metadata => ${element} -> 'metadata',
    expected_version => (${expectedVersion})::bigint)`
}
