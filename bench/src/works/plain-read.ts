import type pg from 'pg'

export const PAGE = 1_000
export const CATEGORY_PAGE = 'select * from message_store.get_category_messages($1, $2, $3)'
export const STREAM_PAGE = 'select * from message_store.get_stream_messages($1, $2, $3)'

/** What everybody makes of a row, so that all deliver the same. */
export interface PlainMessage {
  readonly id: string
  readonly streamName: string
  readonly type: string
  readonly position: bigint
  readonly globalPosition: bigint
  readonly data: unknown
  readonly metadata: unknown
  readonly time: Date
}

export type Row = readonly [
  id: string,
  streamName: string,
  type: string,
  position: string,
  globalPosition: string,
  data: string,
  metadata: string,
  time: string,
]

const asText = { getTypeParser: () => (value: unknown) => value }

export interface PageRequest {
  readonly text: string
  readonly name: string
  readonly position: bigint
  readonly size: number
}

/** The fastest way there is with node-postgres: a named statement, rows as arrays, no type parsers. */
export async function readRows(
  client: pg.Client,
  { text, name, position, size }: PageRequest,
): Promise<Row[]> {
  const values = [name, position.toString(), size]
  const { rows } = await client.query<Row[] & Row>({
    name: text.slice(-60),
    text,
    values,
    rowMode: 'array',
    types: asText,
  })
  return rows
}

export function decodeRow(row: Row): PlainMessage {
  return {
    id: row[0],
    streamName: row[1],
    type: row[2],
    position: BigInt(row[3]),
    globalPosition: BigInt(row[4]),
    data: JSON.parse(row[5]),
    metadata: JSON.parse(row[6]),
    time: new Date(`${row[7].replace(' ', 'T')}Z`),
  }
}

/** The same as most write it: rows as objects, JSON parsed. */
export interface ObjectRow {
  readonly position: string
  readonly global_position: string
  readonly data: string
  readonly metadata: string
}

export function decodeObject(row: ObjectRow): object {
  const data: unknown = JSON.parse(row.data)
  const metadata: unknown = JSON.parse(row.metadata)
  return { ...row, data, metadata }
}

/** Reads so many messages in pages, each asked for before the one before it is decoded. */
export async function readAhead(
  client: pg.Client,
  request: {
    readonly text: string
    readonly name: string
    readonly first: bigint
    readonly count: number
  },
  nextOf: (last: PlainMessage) => bigint,
): Promise<number> {
  const { text, name, count } = request
  const page = async (position: bigint): Promise<Row[]> =>
    readRows(client, { text, name, position, size: PAGE })
  let read = 0
  let coming = page(request.first)
  while (read < count) {
    const rows = await coming
    const last = rows.at(-1)
    if (last === undefined) break
    const position = nextOf(decodeRow(last))
    if (read + rows.length < count) coming = page(position)
    read += rows.map(decodeRow).length
  }
  return read
}
