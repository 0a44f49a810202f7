import {
  type AggregateFunctionNode,
  type FunctionNode,
  PostgresQueryCompiler,
  type ReferenceNode,
} from 'kysely'
import { toLiteral, toStringLiteral } from './literal.ts'
import { InvalidConditionError } from './errors.ts'
import type { JsonCodec } from './json-codec.ts'

/**
 * Kysely's PostgreSQL compiler, with literals where it has parameters: the condition travels as a
 * text and is spliced into the function's own query, which has no place for parameters.
 */
export class ConditionCompiler extends PostgresQueryCompiler {
  readonly #json: JsonCodec

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

  // In the function's query the table is `messages`, without an alias: only bare names work.
  protected override visitReference(node: ReferenceNode): void {
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
