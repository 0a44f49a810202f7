import type { Unit } from './unit.ts'

/**
 * Says how many units from the head of a queue make the next group: at least one, then as many as
 * hold at most `maxBatch` messages. A group never holds an id twice: which of the two is the
 * duplicate shows once the first has been written, or has not.
 */
export function groupSize(queue: readonly Unit[], maxBatch: number): number {
  const ids = new Set<string>()
  let size = 0
  for (const { batch } of queue) {
    if (size > 0 && ids.size + batch.length > maxBatch) break
    if (batch.some(({ id }) => ids.has(id))) break
    for (const { id } of batch) ids.add(id)
    size += 1
  }
  return size
}
