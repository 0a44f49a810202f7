import { checkpointKeyText, type CheckpointStore } from '../checkpoint-store.ts'

/**
 * Checkpoints in the process's memory: they last as long as the value that is returned. For tests,
 * and for projections that are rebuilt at each start.
 *
 * @example
 * ```ts
 * import { memoryCheckpoints } from '@mdb/subscriptions'
 *
 * const checkpoints = memoryCheckpoints()
 * await checkpoints.save({ subscriptionId: 'delays', source: 'airport' }, 41n)
 * console.log(await checkpoints.load({ subscriptionId: 'delays', source: 'airport' })) // 41n
 * ```
 */
export function memoryCheckpoints(): CheckpointStore {
  const positions = new Map<string, bigint>()
  return {
    load: (key) => Promise.resolve(positions.get(checkpointKeyText(key))),
    save(key, position) {
      const text = checkpointKeyText(key)
      const stored = positions.get(text)
      if (stored === undefined || stored < position) positions.set(text, position)
      return Promise.resolve()
    },
  }
}
