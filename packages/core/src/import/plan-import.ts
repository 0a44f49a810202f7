import { MessageIdConflictError } from '../errors.ts'
import type { FoundMessage } from '../writing/resolve-written.ts'
import type { ImportItem } from './import-batches.ts'

/** A message to insert, at its place. */
export interface PlannedItem {
  readonly item: ImportItem
  readonly position: bigint
}

/**
 * Decides what of a batch to insert, and where: what the store has is left out, the rest follows on
 * its streams, in order.
 *
 * @param versions the versions of the batch's streams; none for one that is not there.
 * @param found what the store has under the batch's ids.
 * @throws {MessageIdConflictError} when that is another message.
 */
export function planImport(
  batch: readonly ImportItem[],
  versions: ReadonlyMap<string, bigint>,
  found: readonly FoundMessage[],
): PlannedItem[] {
  for (const { index, differences } of found) {
    if (differences.length === 0) continue
    const item = batch[index] as ImportItem
    throw new MessageIdConflictError(item.id, differences, { index: item.index })
  }
  const skipped = new Set(found.map(({ index }) => index))
  const current = new Map(versions)
  const planned: PlannedItem[] = []
  for (const [index, item] of batch.entries()) {
    if (skipped.has(index)) continue
    const position = (current.get(item.streamName) ?? -1n) + 1n
    current.set(item.streamName, position)
    planned.push({ item, position })
  }
  return planned
}
