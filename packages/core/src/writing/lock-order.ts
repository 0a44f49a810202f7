import { hash64 } from '../hash-64.ts'
import { category } from '../stream-name.ts'

/**
 * One stream name of each category, in the order in which every transaction that writes several
 * categories must take their locks: by the hash that is the lock's key. Two that keep to one order
 * never wait for each other.
 */
export function lockOrder(streamNames: Iterable<string>): string[] {
  // A batch has few categories, and a hash is dear.
  const byCategory = new Map<string, string>()
  for (const name of streamNames) {
    const categoryOf = category(name)
    if (!byCategory.has(categoryOf)) byCategory.set(categoryOf, name)
  }
  const byKey = new Map<bigint, string>()
  for (const [categoryOf, name] of byCategory) {
    const key = hash64(categoryOf)
    if (!byKey.has(key)) byKey.set(key, name)
  }
  return [...byKey].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name)
}
