/** Deeper values, and those that hold themselves, are left to the check that says where it is. */
const MAX_DEPTH = 40

/**
 * Whether a value is so plainly JSON that nothing of it is lost: no number but finite ones, no bigint,
 * function or symbol, no object but arrays and plain ones, no `toJSON`. It looks at no text: what a
 * text holds shows in the JSON. Says `false` when in doubt.
 */
export function isPlainJson(value: unknown): boolean {
  const toJson = 'toJSON' in Object.prototype || 'toJSON' in Array.prototype
  return !toJson && isPlain(value, MAX_DEPTH)
}

function isPlain(value: unknown, depth: number): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
    case 'undefined':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object':
      return value === null || (depth > 0 && isPlainObject(value, depth - 1))
    default:
      return false
  }
}

// An own toJSON is found as the function it is.
function isPlainObject(value: object, depth: number): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (Array.isArray(value)) {
    if (prototype !== Array.prototype || Object.hasOwn(value, 'toJSON')) return false
    for (let index = 0; index < value.length; index++) {
      if (!isPlain(value[index], depth)) return false
    }
    return true
  }
  if (prototype !== Object.prototype && prototype !== null) return false
  const object = value as Readonly<Record<string, unknown>>
  for (const key of Object.keys(object)) if (!isPlain(object[key], depth)) return false
  // One that is not enumerable is called all the same.
  return object['toJSON'] === undefined
}
