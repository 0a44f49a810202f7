/**
 * Chooses among `count` things as Zipf found words to be chosen: the first most often, the second half
 * as often, and so on. `skew` is the exponent: 0 makes all equal.
 *
 * @returns a function of a fraction, at least 0 and below 1, to an index.
 */
export function zipf(count: number, skew: number): (fraction: number) => number {
  const upTo = new Float64Array(count)
  let sum = 0
  for (let index = 0; index < count; index += 1) {
    sum += 1 / (index + 1) ** skew
    upTo[index] = sum
  }
  return (fraction) => firstAbove(upTo, fraction * sum)
}

function firstAbove(sorted: Float64Array, value: number): number {
  let low = 0
  let high = sorted.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((sorted[middle] ?? 0) > value) high = middle
    else low = middle + 1
  }
  return low
}
