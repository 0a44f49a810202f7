import { type RawBuilder, sql } from 'kysely'
import type { Argument } from './argument.ts'
import { compileCondition, type Condition } from './condition.ts'
import { messageColumns, type MessageRow } from './message-row.ts'
import type { ConsumerGroup, JsonOptions, SchemaOptions } from './read-options.ts'
import { conditionGate } from './condition-gate.ts'
import { functionName, tableName } from './search-path.ts'

/** What to read of the table, and from which end. What is left out is no bound. */
export interface MessageQuery extends SchemaOptions, JsonOptions {
  readonly direction: 'forward' | 'backward'
  readonly position?: Argument<bigint> | undefined
  readonly until?: bigint | undefined
  /** As the functions take it: -1 is no limit. */
  readonly limit: number
  readonly condition?: Condition | undefined
  /** Whether the condition counts although the server has conditions off. Default is `false`. */
  readonly activateCondition?: boolean | undefined
}

/** The same for a category. */
export interface CategoryMessageQuery extends MessageQuery {
  readonly correlation?: Argument<string> | undefined
  readonly consumerGroup?: ConsumerGroup | undefined
}

/**
 * The query that `get_stream_messages` makes, without the function: for what the function cannot
 * do. It names all by its schema, so it needs no search_path.
 */
export function queryStreamMessages(
  streamName: Argument<string>,
  query: MessageQuery,
): RawBuilder<MessageRow> {
  return selectFromTable(sql`stream_name = ${streamName}::varchar`, sql.ref('position'), query)
}

/** The query that `get_category_messages` makes. */
export function queryCategoryMessages(
  category: Argument<string>,
  query: CategoryMessageQuery,
): RawBuilder<MessageRow> {
  const { correlation, consumerGroup } = query
  const categoryOf = functionName(query, 'category')
  const filters = [sql`${categoryOf}(stream_name) = ${category}::varchar`]
  if (correlation !== undefined) {
    filters.push(sql`${categoryOf}(metadata->>'correlationStreamName') = ${correlation}::varchar`)
  }
  if (consumerGroup !== undefined) {
    // As in cardinal_id, which would call id by its bare name.
    const cardinalId = sql`split_part(${functionName(query, 'id')}(stream_name), '+', 1)`
    filters.push(
      sql`mod(@ ${functionName(query, 'hash_64')}(${cardinalId}), ${consumerGroup.size}::bigint)
        = ${consumerGroup.member}::bigint`,
    )
  }
  return selectFromTable(sql.join(filters, sql` and `), sql.ref('global_position'), query)
}

function selectFromTable(
  filter: RawBuilder<unknown>,
  order: RawBuilder<unknown>,
  query: MessageQuery,
): RawBuilder<MessageRow> {
  const { direction, position, until, limit, condition, activateCondition, json } = query
  const [from, to, by] = direction === 'forward' ? ['>=', '<=', 'asc'] : ['<=', '>=', 'desc']
  const filters = [filter]
  if (position !== undefined) filters.push(sql`${order} ${sql.raw(from)} ${position}::bigint`)
  if (until !== undefined) filters.push(sql`${order} ${sql.raw(to)} ${until}::bigint`)
  if (condition !== undefined) {
    if (activateCondition !== true) filters.push(conditionGate)
    // As text, so that names in it mean here what they mean in the function.
    filters.push(sql`(${sql.raw(compileCondition(condition, json))})`)
  }
  const messages = sql`(select id::varchar, stream_name::varchar, type::varchar, "position",
      global_position, data::varchar, metadata::varchar, "time"
    from ${tableName(query, 'messages')}
    where ${sql.join(filters, sql` and `)}
    order by ${order} ${sql.raw(by)}
    ${limit === -1 ? sql`` : sql`limit ${limit}::bigint`})`
  const gathered = condition === undefined ? messages : gather(messages, query)
  return sql<MessageRow>`(select ${messageColumns} from ${gathered} as mdb_call)`
}

// A condition may fail at any row. As with the function, it does before the first one is sent:
// postgres.js, for one, brings the rest of a result that failed halfway into the next one.
function gather(messages: RawBuilder<unknown>, query: SchemaOptions): RawBuilder<unknown> {
  return sql`unnest((select array_agg(mdb_row::${tableName(query, 'message')})
    from ${messages} as mdb_row))`
}
