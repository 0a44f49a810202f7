// With a digit: EPIPE is none.
const SQLSTATE = /^(?=.*\d)[0-9A-Z]{5}$/

/** The SQLSTATE of an error, or of what caused it; undefined when there is none. */
export function sqlStateOf(error: unknown): string | undefined {
  for (let each = error, depth = 0; each instanceof Error && depth < 10; depth += 1) {
    if ('code' in each && typeof each.code === 'string' && SQLSTATE.test(each.code))
      return each.code
    each = each.cause
  }
  return undefined
}
