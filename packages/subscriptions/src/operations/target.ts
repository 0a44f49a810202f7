import {
  cardinalId,
  category,
  type ConsumerGroup,
  hash64,
  type MessageStore,
  type WriteResult,
} from '@mdb/core'
import { sql } from 'kysely'
import { InvalidOptionError } from '../errors.ts'
import type { SourceOptions } from '../options.ts'
import { headOf } from './read-lag.ts'

/** What is waited for: a position, and whose message it is when one message is meant. */
export interface Target {
  readonly position: bigint
  readonly streamName: string | undefined
}

/** Finds the position of what was written; undefined when it is not there, or not yet. */
export async function targetOf<DB>(
  store: MessageStore<DB>,
  source: SourceOptions,
  wanted: bigint | WriteResult,
  signal: AbortSignal,
): Promise<Target | undefined> {
  if (typeof wanted === 'bigint') {
    // Positions are global, whatever the category: a category's own head may be far behind.
    const head = await headOf(store, source.stream === undefined ? { all: true } : source, signal)
    const isThere = head !== undefined && head >= wanted
    return isThere ? { position: wanted, streamName: undefined } : undefined
  }
  const { id, streamName } = wanted
  const [found] = await store.getMessages(
    sql`(select message.id::varchar, message.stream_name::varchar, message.type::varchar,
        message."position", message.global_position, '{}'::varchar as data,
        null::varchar as metadata, message."time" at time zone 'utc' as "time"
      from ${sql.id(store.schema, 'messages')} as message where message.id = ${id}::uuid)`,
    { signal },
  )
  if (found === undefined) return undefined
  const { position, globalPosition } = found
  return { position: source.stream === undefined ? globalPosition : position, streamName }
}

/** Refuses what the subscription never comes by, for it would be waited for in vain. */
export function requireInSource(source: SourceOptions, wanted: bigint | WriteResult): void {
  if (typeof wanted === 'bigint') {
    if (wanted >= 0n) return
    throw new InvalidOptionError('processed', wanted, 'must be a position, 0n or more')
  }
  const { stream, category: one, categories, all, consumerGroup } = source
  const { streamName } = wanted
  const written = category(streamName)
  const reads =
    all === true || streamName === stream || written === one || categories?.includes(written)
  if (reads !== true) {
    const expectation = `must be of a stream that the source reads; ${streamName} is none`
    throw new InvalidOptionError('processed', streamName, expectation)
  }
  if (consumerGroup === undefined) return
  const { member, size } = consumerGroup
  const belongs =
    member === undefined ? cardinalId(streamName) !== undefined : isOf(streamName, { member, size })
  if (belongs) return
  const expectation = 'must be of a stream of the group; streams without an id have no member'
  throw new InvalidOptionError('processed', streamName, expectation)
}

/** Whether a member handles a stream. A stream without an id belongs to no member. */
export function isOf(streamName: string, { member, size }: ConsumerGroup): boolean {
  const id = cardinalId(streamName)
  if (id === undefined) return false
  const hash = hash64(id)
  return (hash < 0n ? -hash : hash) % BigInt(size) === BigInt(member)
}
