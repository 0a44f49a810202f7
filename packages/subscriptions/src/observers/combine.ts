import { notify, type Observer } from '../observer.ts'

/**
 * One observer of several: each is told of every event, in the order given. What one throws keeps no
 * other from being told; it becomes a process warning, as with a single observer.
 *
 * @example
 * ```ts
 * import { combineObservers, logObserver, type Observer } from '@mdb/subscriptions'
 *
 * const seen: string[] = []
 * const observer: Observer = combineObservers(logObserver(console), ({ type }) => void seen.push(type))
 * observer({ type: 'live', subscriptionId: 'delays', position: 7n })
 * console.log(seen) // [ 'live' ]
 * ```
 *
 * @param observers - the observers; `undefined` is left out.
 */
export function combineObservers(...observers: readonly (Observer | undefined)[]): Observer {
  return (event) => {
    for (const observer of observers) notify(observer, event)
  }
}
