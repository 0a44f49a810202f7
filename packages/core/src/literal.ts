import { JsonError } from './check-json.ts'
import { InvalidConditionError } from './errors.ts'
import { type JsonCodec, plainJson } from './json-codec.ts'
import { serialise } from './json.ts'
import { textProblem } from './text.ts'
import { toTimestamp } from './timestamp.ts'

/**
 * Writes a value as a SQL literal: an object or an array as jsonb.
 *
 * @throws {InvalidConditionError} when there is no literal for it.
 */
export function toLiteral(value: unknown, json: JsonCodec = plainJson): string {
  switch (typeof value) {
    case 'string':
      return toStringLiteral(value)
    case 'boolean':
      return String(value)
    case 'bigint':
      return inParentheses(value)
    case 'number':
      return Number.isFinite(value) ? inParentheses(value) : `'${value}'::float8`
    case 'object':
      return toObjectLiteral(value, json)
    default:
      throw new InvalidConditionError(`there is no literal for ${typeof value}.`)
  }
}

/**
 * Writes a text as a literal. One with a backslash gets the E form, whose meaning does not hang on
 * `standard_conforming_strings`.
 *
 * @throws {InvalidConditionError} for what PostgreSQL cannot hold in a text.
 */
export function toStringLiteral(value: string): string {
  const problem = textProblem(value)
  if (problem !== undefined) throw new InvalidConditionError(`a text in it ${problem}`)
  const quoted = `'${value.replaceAll("'", "''")}'`
  return value.includes('\\') ? `E${quoted.replaceAll('\\', '\\\\')}` : quoted
}

// `- -1` is a number; `--1` begins a comment.
function inParentheses(value: number | bigint): string {
  return value < 0 || Object.is(value, -0) ? `(${value})` : String(value)
}

function toObjectLiteral(value: object | null, json: JsonCodec): string {
  if (value === null) return 'null'
  if (value instanceof Date) return toTimestampLiteral(value)
  if (ArrayBuffer.isView(value) || value instanceof ArrayBuffer) {
    throw new InvalidConditionError('there is no literal for binary data.')
  }
  return `${toStringLiteral(toConditionJson(value, json))}::jsonb`
}

function toConditionJson(value: object, json: JsonCodec): string {
  try {
    return serialise(value, json)
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    const { path, problem, cause } = error
    throw new InvalidConditionError(`a value in it${path && ` at ${path}`} ${problem}`, undefined, {
      cause,
    })
  }
}

// The column `time` is a timestamp without time zone that holds UTC.
function toTimestampLiteral(date: Date): string {
  if (Number.isNaN(date.getTime())) throw new InvalidConditionError('a date in it is invalid.')
  return `${toStringLiteral(toTimestamp(date))}::timestamp`
}
