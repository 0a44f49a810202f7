import { type RawBuilder, sql } from 'kysely'
import { fixedRows } from './fixed-statement.ts'
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

/** A row for {@link toMessage}, in types that it reads whatever the driver makes of them. */
export interface PortableRow {
  readonly id: string
  readonly stream_name: string
  readonly type: string
  readonly position: Int8
  readonly global_position: Int8
  readonly data: string | null
  readonly metadata: string | null
  /** Seconds since 1970: a number, or a text where a type parser says so. */
  readonly epoch: number | string
}

/** The same as an array of texts: what `namedStatements` asks `pg` for. */
export type ArrayRow = readonly [
  id: string,
  streamName: string,
  type: string,
  position: string,
  globalPosition: string,
  data: string | null,
  metadata: string | null,
  epoch: string,
]

/** A row as it came. */
export type Row = PortableRow | ArrayRow

/**
 * Selects what {@link toMessage} reads.
 *
 * @param isFixed whether the text of `messages` is the same at every call.
 */
export function selectMessages(
  messages: RawBuilder<MessageRow>,
  { isFixed = false }: { readonly isFixed?: boolean } = {},
): RawBuilder<Row> {
  return sql<Row>`${isFixed ? fixedRows : sql``} select id, stream_name, type, "position",
    global_position, data, metadata,
    date_part('epoch', date_trunc('milliseconds', "time")) as epoch
    from ${messages} as message`
}

/** The position in the stream. */
export function positionOf(row: Row): bigint {
  return toBigInt(isArray(row) ? row[3] : row.position)
}

/** The position in the store. */
export function globalPositionOf(row: Row): bigint {
  return toBigInt(isArray(row) ? row[4] : row.global_position)
}

/**
 * Makes a message of a row.
 *
 * @throws {UnreadableMessageError} when the codec does not take its JSON.
 */
export function toMessage(row: Row, codec: JsonCodec): Message {
  // Written twice, for a page has a thousand rows: nothing is made for each but the message.
  if (isArray(row)) {
    return {
      id: row[0],
      streamName: row[1],
      type: row[2],
      position: toBigInt(row[3]),
      globalPosition: toBigInt(row[4]),
      data: parse(row[5], 'data', row, codec),
      metadata: parse(row[6], 'metadata', row, codec),
      time: toDate(row[7]),
    }
  }
  return {
    id: row.id,
    streamName: row.stream_name,
    type: row.type,
    position: toBigInt(row.position),
    globalPosition: toBigInt(row.global_position),
    data: parse(row.data, 'data', row, codec),
    metadata: parse(row.metadata, 'metadata', row, codec),
    time: toDate(row.epoch),
  }
}

function isArray(row: Row): row is ArrayRow {
  return Array.isArray(row)
}

function parse(text: string | null, key: 'data' | 'metadata', row: Row, codec: JsonCodec): unknown {
  if (text === null) return undefined
  try {
    return codec.parse(text)
  } catch (cause) {
    const [id, streamName, type] = isArray(row) ? row : [row.id, row.stream_name, row.type]
    const [position, globalPosition] = [positionOf(row), globalPositionOf(row)]
    throw new UnreadableMessageError(
      {
        message: { id, streamName, type, position, globalPosition },
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
