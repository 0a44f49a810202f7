/**
 * A time as PostgreSQL reads it for a column without a time zone, which holds UTC: all years that
 * JavaScript has.
 */
export function toTimestamp(time: Date): string {
  const [, sign, digits, rest] = /^([+-]?)(\d+)(.*)Z$/.exec(time.toISOString()) ?? []
  const year = sign === '-' ? -Number(digits) : Number(digits)
  // PostgreSQL has no year 0: JavaScript's is 1 BC, and its -1 is 2 BC.
  const [shown, era] = year > 0 ? [year, ''] : [1 - year, ' BC']
  return `${String(shown).padStart(4, '0')}${rest}${era}`
}
