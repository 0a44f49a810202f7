/** A statement on its way to the database. */
export interface Statement {
  readonly sql: string
  readonly parameters: readonly unknown[]
}

/**
 * Where a fault strikes: before a page of messages is read, a message written, a checkpoint or a lease
 * saved, a wake-up sent, a transaction begun or committed; or before any statement.
 */
export type FaultPoint =
  | 'page'
  | 'write'
  | 'checkpoint'
  | 'lease'
  | 'wake-up'
  | 'begin'
  | 'commit'
  | 'statement'

const CHANGES = /^\s*(?:with\b.*\b)?(?:insert|update|delete)\b/is

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
  if (CHANGES.test(sql) && /\bcheckpoint\b/i.test(sql)) points.add('checkpoint')
  if (CHANGES.test(sql) && /\bconsumer_group_member\b/i.test(sql)) points.add('lease')
  if (/\bpg_notify\b|^\s*notify\b/i.test(sql)) points.add('wake-up')
  return points
}
