import { type RawBuilder, sql } from 'kysely'
import type { HeadOf } from './head-reader.ts'

/** A row for each that has a head: its place in what was asked for, from 1, and the head. */
export interface HeadRow {
  readonly place: string
  readonly head: string | null
}

/**
 * The heads of any number of categories and streams, and of all messages, in one statement. Each
 * costs one descent of an index, whatever the number of messages: shown in
 * idle-cost.test.ts. What is asked for travels as JSON text, which every driver sends alike.
 */
export function headQuery(schema: string, asked: readonly HeadOf[]): RawBuilder<HeadRow> {
  const messages = sql.id(schema, 'messages')
  const category = sql.id(schema, 'category')
  // `position` would mean the text when it were not said of which table it is: and then be sorted.
  return sql<HeadRow>`select asked.place::text as place,
      coalesce(
        (select message.global_position from ${messages} as message
          where ${category}(message.stream_name) = asked.head_of->>'category'
          order by message.global_position desc limit 1),
        (select message."position" from ${messages} as message
          where message.stream_name = asked.head_of->>'stream'
          order by message."position" desc limit 1),
        (select message.global_position from ${messages} as message
          where asked.head_of->>'all' = 'true'
          order by message.global_position desc limit 1)
      )::text as head
    from jsonb_array_elements(${JSON.stringify(asked)}::jsonb) with ordinality
      as asked (head_of, place)`
}
