/** Says what a value is, in a few words, whatever it is. */
export function describe(value: unknown): string {
  if (typeof value === 'string') return `the text ${JSON.stringify(value)}`
  if (typeof value === 'object') {
    if (value === null) return 'null'
    return Array.isArray(value) ? 'an array' : 'an object'
  }
  return typeof value === 'number' || typeof value === 'bigint'
    ? `the number ${value}`
    : `a ${typeof value}`
}
