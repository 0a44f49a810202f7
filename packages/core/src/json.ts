import { InvalidMessageError } from './errors.ts'
import { textProblem } from './text.ts'

/**
 * Serialises a value for a jsonb parameter; `undefined` becomes SQL NULL.
 *
 * @throws {InvalidMessageError} for what JSON or jsonb would lose or refuse, with its path.
 */
export function toJson(value: unknown, path: string): string | null {
  if (value === undefined) return null
  refuseUnserialisable(value, path, [])
  return JSON.stringify(value)
}

function refuseUnserialisable(raw: unknown, path: string, ancestors: readonly object[]): void {
  const value = hasToJson(raw) ? raw.toJSON(path) : raw
  const refuse = (problem: string): never => {
    throw new InvalidMessageError(path, problem)
  }

  switch (typeof value) {
    case 'string': {
      const problem = textProblem(value)
      if (problem !== undefined) refuse(problem)
      return
    }
    case 'number':
      if (!Number.isFinite(value)) refuse(`is ${value}, which JSON does not have.`)
      return
    case 'bigint':
      return refuse('is a bigint, which JSON does not have. Write it as a string.')
    case 'function':
    case 'symbol':
      return refuse(`is a ${typeof value}, which JSON does not have.`)
    case 'object':
      if (value === null) return
      if (ancestors.includes(value)) refuse('refers back to an object that holds it.')
      refuseIn(value, path, [...ancestors, value])
      return
    // undefined in an object is left out, in an array it becomes null: JSON's own ways.
    case 'boolean':
    case 'undefined':
      return
  }
}

function refuseIn(parent: object, path: string, ancestors: readonly object[]): void {
  if (Array.isArray(parent)) {
    parent.forEach((item, index) => refuseUnserialisable(item, `${path}[${index}]`, ancestors))
    return
  }
  for (const [key, item] of Object.entries(parent)) {
    const problem = textProblem(key)
    if (problem !== undefined) throw new InvalidMessageError(path, `has a key that ${problem}`)
    refuseUnserialisable(item, `${path}.${key}`, ancestors)
  }
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'toJSON' in value &&
    typeof value.toJSON === 'function'
  )
}
