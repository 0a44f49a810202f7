import { opaqueKind } from './opaque-object.ts'
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
  // Where the check is. A path is made of it only for an error: to make one for each value would
  // take longer than all the rest.
  const keys: (string | number)[] = []
  const ancestors: object[] = []
  const refuse = (problem: string): never => {
    const path = keys.map((key) => (typeof key === 'number' ? `[${key}]` : `.${key}`))
    throw new JsonError(path.join(''), problem)
  }

  function check(raw: unknown, key: string | number): void {
    const value = hasToJson(raw) ? raw.toJSON(String(key)) : raw
    switch (typeof value) {
      case 'string': {
        const problem = textProblem(value)
        return problem === undefined ? undefined : refuse(problem)
      }
      case 'number':
        if (Number.isFinite(value)) return
        return refuse(`is ${value}, which JSON does not have.`)
      case 'bigint':
        bigints = true
        if (allowed.bigints) return
        return refuse(
          'is a bigint. Give the store a codec that writes it, { json: bigintJson }, or write a string.',
        )
      case 'object':
        if (value === null) return
        if (ancestors.includes(value)) return refuse('refers back to an object that holds it.')
        ancestors.push(value)
        checkIn(value)
        ancestors.pop()
        return
      case 'function':
      case 'symbol':
        return refuse(`is a ${typeof value}, which JSON does not have.`)
      case 'boolean':
      case 'undefined':
    }
  }

  function checkIn(parent: object): void {
    if (Array.isArray(parent)) {
      for (const [index, item] of parent.entries()) checkAt(index, item)
      return
    }
    const kind = opaqueKind(parent)
    if (kind !== undefined) {
      refuse(
        `is of type ${kind}, whose contents JSON does not see. Write them as an array, an object or a text.`,
      )
    }
    for (const key of Object.keys(parent)) {
      const problem = textProblem(key)
      if (problem !== undefined) refuse(`has a key that ${problem}`)
      checkAt(key, (parent as Readonly<Record<string, unknown>>)[key])
    }
  }

  function checkAt(key: string | number, item: unknown): void {
    keys.push(key)
    check(item, key)
    keys.pop()
  }

  check(value, '')
  return { bigints }
}

function hasToJson(value: unknown): value is { toJSON(key: string): unknown } {
  return (
    typeof value === 'object' &&
    value !== null &&
    'toJSON' in value &&
    typeof value.toJSON === 'function'
  )
}
