/**
 * The code of an error of Node or of a driver. `instanceof Error` would not do: in Jest, Node's errors
 * are of another realm than the test's.
 */
export function errorCode(error: unknown): string | undefined {
  const code = isObject(error) && 'code' in error ? error.code : undefined
  return typeof code === 'string' ? code : undefined
}

/** What an error says; empty for what is none. */
export function errorMessage(error: unknown): string {
  const message = isObject(error) && 'message' in error ? error.message : undefined
  return typeof message === 'string' ? message : ''
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
