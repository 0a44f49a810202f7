import {
  createQueryId,
  type Expression,
  expressionBuilder,
  type ExpressionBuilder,
  sql,
  type SqlBool,
} from 'kysely'
import { isExpression } from './argument.ts'
import { ConditionCompiler } from './condition-compiler.ts'
import { InvalidConditionError } from './errors.ts'
import type { Int8 } from './int8.ts'
import { textProblem } from './text.ts'
import { type JsonCodec, plainJson } from './json-codec.ts'

/** The columns a condition can speak of: those of the `messages` table. */
export interface ConditionColumns {
  id: string
  stream_name: string
  type: string
  position: Int8
  global_position: Int8
  /**
   * jsonb, although a row that is read has it as text: `eb('data', '@>', { delay: 12 })`,
   * `eb(eb.ref('data', '->>').key('origin'), '=', 'SEA')`.
   */
  data: Record<string, unknown> | null
  /** jsonb */
  metadata: Record<string, unknown> | null
  /** UTC */
  time: Date
}

/**
 * Which messages a read returns: a Kysely expression over the message's columns, or a `sql`
 * fragment. Values are sent as literals that nothing in them can leave. In a subquery,
 * `message.stream_name` is the row's.
 *
 * @example
 * ```ts
 * import { sql } from 'kysely'
 * import type { Condition } from '@mdb/core'
 *
 * const departed: Condition = (eb) => eb('type', '=', 'FlightDeparted')
 * const late: Condition = sql<boolean>`(data->>'delay')::int > ${60}`
 * console.log(typeof departed, typeof late)
 * ```
 */
export type Condition =
  | ((eb: ExpressionBuilder<{ message: ConditionColumns }, 'message'>) => Expression<SqlBool>)
  | Expression<SqlBool>

/**
 * Compiles a condition to the text that Message DB's functions take.
 *
 * @throws {InvalidConditionError} when it is empty, or holds a value that has no literal.
 */
export function compileCondition(condition: Condition, json: JsonCodec = plainJson): string {
  const expression: unknown =
    typeof condition === 'function'
      ? condition(expressionBuilder<{ message: ConditionColumns }, 'message'>())
      : condition
  if (!isExpression(expression)) {
    const given = expression === null ? 'null' : typeof expression
    throw new InvalidConditionError(
      `it is ${given}. Expected a Kysely expression: (eb) => eb('type', '=', 'FlightDeparted'), or sql<boolean>\`…\` for SQL of your own.`,
    )
  }
  const root = sql`${expression}`.toOperationNode()
  const { sql: text } = new ConditionCompiler(json).compileQuery(root, createQueryId())
  if (text.trim() === '') throw new InvalidConditionError('it is empty.')
  // Values were looked at one by one; what is left are names and fragments.
  const problem = textProblem(text)
  if (problem !== undefined) throw new InvalidConditionError(`a name or fragment in it ${problem}`)
  // What comes next is a parenthesis, which a comment at the end would swallow.
  return text.includes('--') ? `${text}\n` : text
}
