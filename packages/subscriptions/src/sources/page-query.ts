import type { Condition, ConditionColumns, ConsumerGroup, MessageRow } from '@mdb/core'
import { expressionBuilder, type RawBuilder, sql } from 'kysely'

/** Which messages of its categories a source lets through. */
export interface MessageFilter {
  readonly consumerGroup?: ConsumerGroup | undefined
  readonly correlation?: string | undefined
  readonly condition?: Condition | undefined
  /** Not older than this. */
  readonly since?: Date | undefined
}

export interface PageQuery {
  readonly schema: string
  /** Undefined for all messages. */
  readonly categories: readonly string[] | undefined
  readonly filter: MessageFilter
  readonly limit: number
  /** The first global position, inclusive. */
  readonly from: bigint
  /** The last global position, inclusive. */
  readonly through: bigint
}

/**
 * A page in the order of global positions, of several categories or of all messages, for which
 * Message DB has no function. Each category is a walk of its own along `messages_category`, merged as
 * they go: hardly a row is read that is not returned, and never more than a page of each.
 */
export function pageQuery(query: PageQuery): RawBuilder<MessageRow> {
  const { categories, schema, limit } = query
  if (categories === undefined) return branch(query, sql`true`)
  const branches = categories.map((name) =>
    branch(query, sql`${sql.id(schema, 'category')}(message.stream_name) = ${name}::varchar`),
  )
  return sql<MessageRow>`(select * from (${sql.join(branches, sql` union all `)}) as merged
    order by global_position limit ${limit}::bigint)`
}

function branch(query: PageQuery, scope: RawBuilder<unknown>): RawBuilder<MessageRow> {
  const { schema, from, through, limit } = query
  const wheres = [
    scope,
    sql`message.global_position >= ${String(from)}::bigint`,
    sql`message.global_position <= ${String(through)}::bigint`,
    ...filters(query),
  ]
  return sql<MessageRow>`(select message.id::varchar, message.stream_name::varchar,
      message.type::varchar, message."position", message.global_position,
      message.data::varchar, message.metadata::varchar,
      message."time" at time zone 'utc' as "time"
    from ${sql.id(schema, 'messages')} as message
    where ${sql.join(wheres, sql` and `)}
    order by message.global_position limit ${limit}::bigint)`
}

/** The member of a group of such a size that `message` belongs to; null when its stream has no id. */
// Its cardinal_id() is spelled out: it calls id() by its bare name, and this statement sets no
// search_path.
export function memberOf(schema: string, size: number): RawBuilder<unknown> {
  return sql`mod(@ ${sql.id(schema, 'hash_64')}(
    case when strpos(message.stream_name, '-') > 0 then split_part(
      substring(message.stream_name from strpos(message.stream_name, '-') + 1), '+', 1) end
    ), ${size}::bigint)`
}

// As get_category_messages filters.
export function* filters({
  schema,
  filter,
}: Pick<PageQuery, 'schema' | 'filter'>): Generator<RawBuilder<unknown>> {
  const { consumerGroup, correlation, condition, since } = filter
  if (consumerGroup !== undefined) {
    const { member, size } = consumerGroup
    yield sql`${memberOf(schema, size)} = ${member}::bigint`
  }
  if (correlation !== undefined) {
    yield sql`${sql.id(schema, 'category')}(message.metadata->>'correlationStreamName')
      = ${correlation}::varchar`
  }
  if (condition !== undefined) {
    const expression =
      typeof condition === 'function'
        ? condition(expressionBuilder<{ message: ConditionColumns }, 'message'>())
        : condition
    // A comment at its end must not swallow the parenthesis.
    yield sql`(${expression}
      )`
  }
  if (since !== undefined) {
    yield sql`message."time" >= ${since.toISOString()}::timestamptz at time zone 'utc'`
  }
}
