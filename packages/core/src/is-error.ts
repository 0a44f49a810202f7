/**
 * Whether it is an error, of whichever realm: in Jest, Node's own errors are of another one than the
 * test's, and `instanceof` says no.
 */
export function isError(value: unknown): value is Error {
  return value instanceof Error || Object.prototype.toString.call(value) === '[object Error]'
}
