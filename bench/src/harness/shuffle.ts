import { uniformInt } from 'pure-rand/distribution/uniformInt'
import { xoroshiro128plus } from 'pure-rand/generator/xoroshiro128plus'

/** Orders that come again with the same seed. */
export function shuffler(seed: number): <T>(items: readonly T[]) => T[] {
  const random = xoroshiro128plus(seed)
  return (items) => {
    const order = [...items]
    for (let last = order.length - 1; last > 0; last -= 1) {
      const other = uniformInt(random, 0, last)
      ;[order[last], order[other]] = [order[other] as never, order[last] as never]
    }
    return order
  }
}
