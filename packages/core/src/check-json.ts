import { textProblem } from './text.ts'

/** Why a value cannot be JSON, and where in it: `.flights[3].delay`. */
export class JsonError extends Error {
  override readonly name = 'JsonError'
  readonly path: string
  readonly problem: string

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path === '' ? 'the value' : path} ${problem}`, options)
    this.path = path
    this.problem = problem
  }
}

/** What of a value decides how it is written. */
export interface JsonContents {
  readonly bigints: boolean
}

/**
 * Refuses what JSON or jsonb would lose or refuse. `undefined` in an object is left out, in an
 * array it becomes null: those are JSON's own ways.
 *
 * @throws {JsonError}
 */
export function checkJson(value: unknown, allowed: { readonly bigints: boolean }): JsonContents {
  let bigints = false

  function check(raw: unknown, path: string, key: string, ancestors: readonly object[]): void {
    const value = hasToJson(raw) ? raw.toJSON(key) : raw
    switch (typeof value) {
      case 'string':
        return refuseText(value, path)
      case 'number':
        if (Number.isFinite(value)) return
        throw new JsonError(path, `is ${value}, which JSON does not have.`)
      case 'bigint':
        bigints = true
        if (allowed.bigints) return
        throw new JsonError(
          path,
          'is a bigint. Give the store a codec that writes it, { json: bigintJson }, or write a string.',
        )
      case 'object':
        if (value === null) return
        if (ancestors.includes(value)) {
          throw new JsonError(path, 'refers back to an object that holds it.')
        }
        return checkIn(value, path, [...ancestors, value])
      case 'function':
      case 'symbol':
        throw new JsonError(path, `is a ${typeof value}, which JSON does not have.`)
      case 'boolean':
      case 'undefined':
    }
  }

  function checkIn(parent: object, path: string, ancestors: readonly object[]): void {
    if (Array.isArray(parent)) {
      parent.forEach((item, i) => check(item, `${path}[${i}]`, String(i), ancestors))
      return
    }
    for (const [key, item] of Object.entries(parent)) {
      const problem = textProblem(key)
      if (problem !== undefined) throw new JsonError(path, `has a key that ${problem}`)
      check(item, `${path}.${key}`, key, ancestors)
    }
  }

  check(value, '', '', [])
  return { bigints }
}

function refuseText(text: string, path: string): void {
  const problem = textProblem(text)
  if (problem !== undefined) throw new JsonError(path, problem)
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'toJSON' in value &&
    typeof value.toJSON === 'function'
  )
}
