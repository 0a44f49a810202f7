/** Why PostgreSQL cannot hold a text as it is, or `undefined` when it can. */
export function textProblem(text: string): string | undefined {
  if (text.includes('\0')) return 'holds a NUL character (\\u0000), which PostgreSQL cannot store.'
  // Drivers would replace it in silence, and another text would be stored.
  if (!text.isWellFormed()) return 'holds half of a surrogate pair, which PostgreSQL cannot store.'
  return undefined
}

/**
 * Whether the escape of a NUL or of half a surrogate pair may be in JSON text; a backslash before such
 * letters looks the same.
 */
export function mayHoldUnstorable(json: string): boolean {
  return /\\u(?:0000|[dD][89a-fA-F])/.test(json)
}
