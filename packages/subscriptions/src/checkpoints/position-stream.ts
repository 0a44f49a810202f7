import { category, id, isCategory } from '@mdb/core'
import { type CheckpointKey, memberText } from '../checkpoint-store.ts'

/**
 * Eventide's name for the stream that keeps a consumer's place: `account:position-identifier`, or
 * `account:command+position-identifier` for a category that has a type already.
 *
 * @example
 * ```ts
 * import { positionStreamName } from '@mdb/subscriptions'
 *
 * console.log(positionStreamName('account', 'ledger')) // account:position-ledger
 * console.log(positionStreamName('account:command')) // account:command+position
 * ```
 */
export function positionStreamName(categoryName: string, identifier?: string | null): string {
  const types = categoryName.split(':')[1]?.split('+')
  const separator = types === undefined ? ':' : '+'
  const name = types?.includes('position') ? categoryName : `${categoryName}${separator}position`
  return identifier === undefined || identifier === null ? name : `${name}-${identifier}`
}

/**
 * The identifier of a key: `delays`; `delays+0+4` for member 0 of 4; `delays+stream+SEA` for the
 * stream airport-SEA. No two keys of one category have the same: ids hold no `+`, and a member is a
 * number.
 */
export function identifierOf(key: CheckpointKey): string {
  if (isCategory(key.source)) return memberText(key)
  return `${key.subscriptionId}+stream+${id(key.source) ?? ''}`
}

export function categoryOf(key: CheckpointKey): string {
  return category(key.source)
}
