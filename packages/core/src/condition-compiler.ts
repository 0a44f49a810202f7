import {
  type AggregateFunctionNode,
  type FunctionNode,
  PostgresQueryCompiler,
  type ReferenceNode,
  type SelectQueryNode,
} from 'kysely'
import { hidesMessage, isMessage } from './condition-scope.ts'
import { toLiteral, toStringLiteral } from './literal.ts'
import { InvalidConditionError } from './errors.ts'
import type { JsonCodec } from './json-codec.ts'

/**
 * Kysely's PostgreSQL compiler, with literals where it has parameters: the condition travels as a
 * text and is spliced into the function's own query, which has no place for parameters.
 */
export class ConditionCompiler extends PostgresQueryCompiler {
  readonly #json: JsonCodec
  /** Whether a table of the subquery at hand, or of one around it, has the name of the row's. */
  #isHidden = false

  constructor(json: JsonCodec) {
    super()
    this.#json = json
  }

  protected override appendValue(value: unknown): void {
    this.append(toLiteral(value, this.#json))
  }

  protected override appendImmediateValue(value: unknown): void {
    this.append(toLiteral(value, this.#json))
  }

  protected override appendStringLiteral(value: string): void {
    this.append(toStringLiteral(value))
  }

  protected override visitSelectQuery(node: SelectQueryNode): void {
    const before = this.#isHidden
    this.#isHidden ||= hidesMessage(node)
    super.visitSelectQuery(node)
    this.#isHidden = before
  }

  // The row is of `messages`, which has no alias in the functions' queries nor in ours.
  protected override visitReference(node: ReferenceNode): void {
    if (node.table === undefined || !isMessage(node.table)) return super.visitReference(node)
    if (this.#isHidden) {
      throw new InvalidConditionError(
        `it speaks of "message" in a subquery whose own table is named "message" or "messages". Give that table another alias.`,
      )
    }
    this.append('"messages".')
    this.visitNode(node.column)
  }

  // Kysely writes the names of functions as they come, without quotes.
  protected override visitFunction(node: FunctionNode): void {
    checkFunctionName(node.func)
    super.visitFunction(node)
  }

  protected override visitAggregateFunction(node: AggregateFunctionNode): void {
    checkFunctionName(node.func)
    super.visitAggregateFunction(node)
  }

  // Kysely writes a path between plain quotes, where a backslash could end the literal.
  protected override visitJSONPath(): void {
    throw new InvalidConditionError("'->$' is not for PostgreSQL. Use '->' or '->>'.")
  }
}

function checkFunctionName(name: string): void {
  if (!/^[a-z_][\w$]*(?:\.[a-z_][\w$]*)*$/i.test(name)) {
    throw new InvalidConditionError(`${JSON.stringify(name)} is not the name of a function.`)
  }
}
