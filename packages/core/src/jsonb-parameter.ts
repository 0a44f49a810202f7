import { type RawBuilder, sql } from 'kysely'

/**
 * JSON text of many messages as jsonb. As text no driver serialises it again; and from a subquery the
 * planner does not take it for a constant, which it would carry about with the plan.
 */
export function jsonbParameter(text: string): RawBuilder<unknown> {
  return sql`(select ${text}::text offset 0)::jsonb`
}
