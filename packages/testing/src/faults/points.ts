/** A statement on its way to the database. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/** Every point, for what names one to be checked against. */
export const FAULT_POINTS = [
  'page',
  'write',
  'checkpoint',
  'lease',
  'wake-up',
  'begin',
  'commit',
  'statement',
] as const

/**
 * Where a fault strikes: before a page of messages is read, a message written, a checkpoint saved or
 * locked, a lease saved, a wake-up sent, a transaction begun or committed; or before any statement. A
 * claim of a checkpoint is none of these points: nothing is handled yet that it could fail.
 */
export type FaultPoint = (typeof FAULT_POINTS)[number]

// A statement may begin with a comment: a mark of its sender's.
const CHANGES = /^(?:\s|\/\*.*?\*\/)*(?:with\b.*\b)?(?:insert|update|delete)\b/is
// `for share` would do as well to hold somebody else's claim up.
const LOCKS = /\bfor\s+(?:no\s+key\s+)?(?:update|share)\b/i
// In what is set, not in a condition; or a row that begins with its place.
const SETS_POSITION = /\bset\b(?:(?!\b(?:where|returning)\b).)*(?<![.\w])"?position"?\s*=/is
const INSERTS_POSITION = /\binsert\s+into\b[^(]*\bcheckpoint"?\s*\([^)]*\bposition\b/i

/** Every point that a statement is at. */
export function pointsOf({ sql, parameters }: Statement): ReadonlySet<FaultPoint> {
  const points = new Set<FaultPoint>(['statement'])
  const keepsPlace = parameters.some(
    (each) => typeof each === 'string' && /[:+]position\b/.test(each),
  )
  if (/get_(?:category|stream)_messages|\bmessage_store"?\."?messages\b/i.test(sql)) {
    if (!CHANGES.test(sql)) points.add('page')
  }
  if (/\bwrite_message\b/i.test(sql)) points.add(keepsPlace ? 'checkpoint' : 'write')
  if (savesPlace(sql)) points.add('checkpoint')
  if (CHANGES.test(sql) && /\bconsumer_group_member\b/i.test(sql)) points.add('lease')
  if (/\bpg_notify\b|^(?:\s|\/\*.*?\*\/)*notify\b/is.test(sql)) points.add('wake-up')
  return points
}

/** Whether a transaction holds checkpoints after a statement: until it ends, nobody can take them over. */
export function holdsCheckpoint(sql: string): boolean {
  return /\bcheckpoint\b/i.test(sql) && (CHANGES.test(sql) || LOCKS.test(sql))
}

function savesPlace(sql: string): boolean {
  if (!holdsCheckpoint(sql)) return false
  return !CHANGES.test(sql) || SETS_POSITION.test(sql) || INSERTS_POSITION.test(sql)
}
