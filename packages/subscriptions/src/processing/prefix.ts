/** How much of a page is done without a gap, while messages are done in any order. */
export interface Prefix {
  /** So many messages from the first on are done. */
  readonly length: number
  /** The indices beyond that are done. */
  readonly beyond: ReadonlySet<number>
}

export const emptyPrefix: Prefix = { length: 0, beyond: new Set() }

/** The prefix when one more message is done. */
export function withDone({ length, beyond }: Prefix, index: number): Prefix {
  // One after the other, as most are: nothing is beyond a gap, and nothing has to be copied.
  if (index === length && beyond.size === 0) return { length: length + 1, beyond }
  const rest = new Set(beyond).add(index)
  let end = length
  while (rest.delete(end)) end += 1
  return { length: end, beyond: rest }
}
