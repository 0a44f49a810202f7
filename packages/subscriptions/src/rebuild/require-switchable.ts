import { InvalidOptionError, SubscriptionRetiredError } from '../errors.ts'
import type { Versions } from './reached.ts'

/** Throws what makes a switch impossible. True when the same switch is done already. */
export function isSwitched(
  { from, to }: { readonly from: string; readonly to: string },
  places: Versions,
): boolean {
  if (places.from.length === 0) {
    throw new InvalidOptionError('from', from, 'must be a subscription that has a checkpoint')
  }
  const replaced = places.to.find(({ retiredBy }) => retiredBy !== undefined)
  if (replaced?.retiredBy !== undefined) throw new SubscriptionRetiredError(to, replaced.retiredBy)
  const retiredBy = places.from.find((place) => place.retiredBy !== undefined)?.retiredBy
  if (retiredBy !== undefined && retiredBy !== to) {
    throw new SubscriptionRetiredError(from, retiredBy)
  }
  if (retiredBy === to) return true
  for (const [option, id] of [
    ['from', from],
    ['to', to],
  ] as const) {
    for (const [source, each] of Map.groupBy(places[option], (place) => place.source)) {
      const sizes = new Set(each.map(({ size }) => size))
      if (sizes.size < 2) continue
      const found = [...sizes].map((size) => (size === 0 ? 'no group' : `a group of ${size}`))
      const expectation =
        `must have one size: on ${source} it has checkpoints of ${found.join(' and of ')}; ` +
        'delete those that are not in use'
      throw new InvalidOptionError(option, id, expectation)
    }
  }
  return false
}
