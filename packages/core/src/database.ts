import type { ColumnType, Generated } from 'kysely'
import type { Int8 } from './int8.ts'

/**
 * Message DB's table and views, for your Kysely. Extend it with your own tables.
 *
 * Rows come as the driver gives them: `bigint` columns are an {@link Int8}. Write through
 * `writeMessage`: an insert into the table skips the lock that keeps positions in order.
 *
 * @example
 * ```ts
 * import type { MessageStoreDatabase } from '@mdb/core'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * interface Database extends MessageStoreDatabase {
 *   airport: { code: string; name: string }
 * }
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase<Database>()
 * console.log(await db.selectFrom('message_store.stream_summary').selectAll().execute())
 * ```
 */
export interface MessageStoreDatabase {
  'message_store.messages': MessagesTable
  'message_store.stream_summary': StreamSummaryView
  'message_store.type_summary': TypeSummaryView
  'message_store.stream_type_summary': StreamTypeSummaryView
  'message_store.type_stream_summary': StreamTypeSummaryView
  'message_store.category_type_summary': CategoryTypeSummaryView
  'message_store.type_category_summary': CategoryTypeSummaryView
}

/** The table of all messages. */
export interface MessagesTable {
  global_position: ColumnType<Int8, bigint | undefined, bigint>
  position: ColumnType<Int8, bigint, bigint>
  /**
   * UTC without a time zone, which `pg` reads as local time: for a real instant, select
   * `sql<Date>\`time at time zone 'utc'\``.
   */
  time: Generated<Date>
  stream_name: string
  type: string
  /** jsonb: parsed when read, JSON text when written. */
  data: ColumnType<unknown, string | null | undefined, string | null>
  /** jsonb: parsed when read, JSON text when written. */
  metadata: ColumnType<unknown, string | null | undefined, string | null>
  id: Generated<string>
}

interface Summary {
  message_count: ColumnType<Int8, never, never>
  /** The share of all messages, with two digits: a decimal, which drivers give as text. */
  percent: ColumnType<string, never, never>
}

/** How many messages each stream has. */
export interface StreamSummaryView extends Summary {
  stream_name: ColumnType<string, never, never>
}

/** How many messages there are of each type. */
export interface TypeSummaryView extends Summary {
  type: ColumnType<string, never, never>
}

/** How many messages of each type each stream has. */
export interface StreamTypeSummaryView extends Summary {
  stream_name: ColumnType<string, never, never>
  type: ColumnType<string, never, never>
}

/** How many messages of each type each category has. */
export interface CategoryTypeSummaryView extends Summary {
  category: ColumnType<string, never, never>
  type: ColumnType<string, never, never>
}
