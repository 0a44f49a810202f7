import { type ConsumerGroup, translateError } from '@mdb/core'
import { type QueryExecutorProvider, type RawBuilder, sql } from 'kysely'
import type { ReadableStore } from '../message-source.ts'
import type { SourceOptions } from '../options.ts'
import { filters, pageQuery } from '../sources/page-query.ts'

/** Messages of a source, or of one member of it, that are to be handled yet. */
export interface Range {
  readonly source: SourceOptions
  readonly consumerGroup: ConsumerGroup | undefined
  /** The first position, inclusive. */
  readonly from: bigint
  /** The last position, inclusive. Default is no end. */
  readonly through?: bigint | undefined
  /** How many to count at most. */
  readonly limit: number
}

export interface Remaining {
  readonly messages: number
  /** How old the oldest of them is, by the server's clock; 0 when there is none. */
  readonly seconds: number
}

const LAST_POSITION = 9_223_372_036_854_775_807n

/** Counts what matches, in one statement, with the filters that the source reads with. */
export async function countRemaining(
  { db, schema }: ReadableStore,
  range: Range,
  signal?: AbortSignal,
): Promise<Remaining> {
  const query = sql<{ messages: string; seconds: number }>`select count(*)::text as messages,
      coalesce(greatest(0, date_part('epoch', clock_timestamp() - min(remaining."time"))), 0)::float8
        as seconds
    from ${rowsOf(schema, range)} as remaining`
  const plain: QueryExecutorProvider = { getExecutor: () => db.getExecutor().withoutPlugins() }
  try {
    const { rows } = await query.execute(plain, { signal })
    const [row] = rows
    return { messages: Number(row?.messages ?? 0), seconds: row?.seconds ?? 0 }
  } catch (error) {
    throw translateError(error, { schema })
  }
}

function rowsOf(schema: string, range: Range): RawBuilder<unknown> {
  const { source, consumerGroup, from, through = LAST_POSITION, limit } = range
  const { correlation, condition } = source
  const filter = { consumerGroup, correlation, condition }
  if (source.stream === undefined) {
    const categories = source.category === undefined ? source.categories : [source.category]
    const each = categories && [...new Set(categories)]
    return pageQuery({ schema, categories: each, filter, limit, from, through })
  }
  const wheres = [
    sql`message.stream_name = ${source.stream}::varchar`,
    sql`message."position" >= ${String(from)}::bigint`,
    sql`message."position" <= ${String(through)}::bigint`,
    ...filters({ schema, filter }),
  ]
  return sql`(select message."time" at time zone 'utc' as "time"
    from ${sql.id(schema, 'messages')} as message
    where ${sql.join(wheres, sql` and `)}
    order by message."position" limit ${limit}::bigint)`
}
