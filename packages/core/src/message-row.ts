import { type RawBuilder, sql } from 'kysely'
import type { Int8 } from './int8.ts'
import { toBigInt } from './int8.ts'
import { UnreadableMessageError } from './errors.ts'
import type { JsonCodec } from './json-codec.ts'
import type { Message } from './message.ts'

/**
 * A message as a row of `@mdb/core/functions`: names as in Message DB, `data` and `metadata` as
 * JSON text, `bigint` as the driver gives it. Only `time` differs from the function's own column:
 * it is a timestamp with time zone, so that every driver makes the right instant of it.
 */
export interface MessageRow {
  id: string
  stream_name: string
  type: string
  position: Int8
  global_position: Int8
  /** JSON text, or SQL NULL. */
  data: string | null
  /** JSON text, or SQL NULL. */
  metadata: string | null
  time: Date
}

/** The columns of a {@link MessageRow}, over a call of a Message DB function. */
export const messageColumns: RawBuilder<MessageRow> = sql<MessageRow>`mdb_call.id,
  mdb_call.stream_name, mdb_call.type, mdb_call."position", mdb_call.global_position,
  mdb_call.data, mdb_call.metadata, mdb_call."time" at time zone 'utc' as "time"`

/** A row in types that no driver, and no type parser set on a driver, reads in its own way. */
export interface PortableRow {
  readonly id: string
  readonly stream_name: string
  readonly type: string
  readonly position: string
  readonly global_position: string
  readonly data: string | null
  readonly metadata: string | null
  /** Seconds since 1970: a number, or a text where a type parser says so. */
  readonly epoch: number | string
}

/** Selects what {@link toMessage} reads. */
export function selectMessages(messages: RawBuilder<MessageRow>): RawBuilder<PortableRow> {
  return sql<PortableRow>`select id, stream_name, type, "position"::text,
    global_position::text, data, metadata,
    date_part('epoch', date_trunc('milliseconds', "time")) as epoch
    from ${messages} as message`
}

/**
 * Makes a message of a row.
 *
 * @throws {UnreadableMessageError} when the codec does not take its JSON.
 */
export function toMessage(row: PortableRow, codec: JsonCodec): Message {
  return {
    id: row.id,
    streamName: row.stream_name,
    type: row.type,
    position: toBigInt(row.position),
    globalPosition: toBigInt(row.global_position),
    data: parse(row, 'data', codec),
    metadata: parse(row, 'metadata', codec),
    time: toDate(row.epoch),
  }
}

// No closure and no copy for each row: a page has a thousand.
function parse(row: PortableRow, key: 'data' | 'metadata', codec: JsonCodec): unknown {
  const text = row[key]
  if (text === null) return undefined
  try {
    return codec.parse(text)
  } catch (cause) {
    const { id, type } = row
    const [position, globalPosition] = [toBigInt(row.position), toBigInt(row.global_position)]
    throw new UnreadableMessageError(
      {
        message: { id, streamName: row.stream_name, type, position, globalPosition },
        problem: 'json',
        issues: [{ path: key, message: said(cause) }],
      },
      { cause },
    )
  }
}

function said(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

// Cut to milliseconds by the server: of more digits, a session may print too few (and PostgreSQL 11 does).
function toDate(epoch: number | string): Date {
  return new Date(Math.round(Number(epoch) * 1000))
}
