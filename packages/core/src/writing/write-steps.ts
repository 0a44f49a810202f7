import { type RawBuilder, sql } from 'kysely'
import { type ExpectedVersion, toServerVersion } from '../expected-version.ts'
import type { Int8 } from '../int8.ts'
import type { FunctionOptions } from '../read-options.ts'
import { jsonbParameter } from '../jsonb-parameter.ts'
import { callSteps, functionName } from '../search-path.ts'
import type { BatchMessage } from './batch.ts'
import { expectedMember, streamMember, toElement } from './element.ts'
import { lockOrder } from './lock-order.ts'

/** The positions of a batch, in its order: an array of PostgreSQL's `bigint`. */
export type Positions = RawBuilder<Int8[]>

/** Writes the messages of one stream in one statement, each by `write_message`, in their order. */
export function writeToStream(
  streamName: string,
  batch: readonly BatchMessage[],
  expectedVersion: ExpectedVersion,
  options: FunctionOptions,
): Positions {
  const version = toServerVersion(expectedVersion)
  return callSteps(
    (afterPath) =>
      steps(
        batch.map((message) => toElement(message)),
        0,
        (element) =>
          writeMessage(options, element, {
            streamName: afterPath(streamName),
            // Under the lock, what follows the first one needs no check.
            expectedVersion: sql`case mdb_step.n when 1 then ${version}::bigint end`,
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
  return callSteps(
    (afterPath) =>
      steps([...locks, ...writes], locks.length, (element) => {
        const write = writeMessage(options, element, {
          streamName: afterPath(sql`${element} ->> 'stream'`),
          expectedVersion: sql`${element} ->> 'expected'`,
        })
        if (locks.length === 0) return write
        return sql`case when mdb_step.n <= ${locks.length}::integer
          then ${acquireLock(options, afterPath(sql`${element} ->> 'lock'`))}
          else ${write} end`
      }),
    options,
  )
}

/**
 * Runs `step` for each element in turn, and gathers the values except those of the first `skipped`.
 * The subquery orders the elements, which `offset 0` keeps as they are, and the rows come out of it
 * one by one: each is through its step before the next one is asked for. A recursion, whose order hangs on
 * data alone, takes 5 % longer.
 */
function steps(
  elements: readonly string[],
  skipped: number,
  step: (element: RawBuilder<unknown>) => RawBuilder<unknown>,
): RawBuilder<unknown> {
  const values = sql`array_agg(${step(sql`mdb_step.element`)})`
  return sql`(select ${skipped === 0 ? values : sql`(${values})[(${skipped + 1}::integer):]`}
    from (select element, n from jsonb_array_elements(${jsonbParameter(`[${elements.join(',')}]`)})
      with ordinality as mdb_batch (element, n) order by n offset 0) as mdb_step)`
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
