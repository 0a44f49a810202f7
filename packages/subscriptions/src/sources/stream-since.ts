import type { MessageRow } from '@mdb/core'
import { sql } from 'kysely'
import type { ReadableStore } from '../message-source.ts'

interface StreamSince {
  readonly stream: string
  readonly since: Date
  readonly through: bigint
  readonly signal: AbortSignal
}

/** The position of a stream's first message that is not older, up to a position. */
export async function firstSinceInStream(
  store: ReadableStore,
  { stream, since, through, signal }: StreamSince,
): Promise<bigint | undefined> {
  const rows = sql<MessageRow>`(select message.id::varchar, message.stream_name::varchar,
      message.type::varchar, message."position", message.global_position,
      null::varchar as data, null::varchar as metadata,
      message."time" at time zone 'utc' as "time"
    from ${sql.id(store.schema, 'messages')} as message
    where message.stream_name = ${stream}::varchar
      and message."position" <= ${String(through)}::bigint
      and message."time" >= ${since.toISOString()}::timestamptz at time zone 'utc'
    order by message."position" limit 1)`
  const [message] = await store.getMessages(rows, { signal })
  return message?.position
}
