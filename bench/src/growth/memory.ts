import { median } from 'simple-statistics'
import type { Bench } from '../setup/bench.ts'
import { collectGarbage } from '../harness/collect-garbage.ts'
import { openStore } from '../setup/toolkit.ts'
import { nextId } from '../works/next-id.ts'
import { sizedDatabase } from './sized.ts'

/** MiB that are in use after a collection, at ten places of a long way. */
export interface MemoryResult {
  readonly name: string
  readonly messages: number
  readonly heap: readonly number[]
  readonly rss: readonly number[]
  /** What the second half holds more than the first: the median of each. */
  readonly growth: number
}

const MIB = 2 ** 20
const SAMPLES = 10

function sampler(messages: number): { heap: number[]; rss: number[]; count: () => void } {
  const [heap, rss]: [number[], number[]] = [[], []]
  const every = Math.floor(messages / SAMPLES)
  let counted = 0
  const count = (): void => {
    counted += 1
    if (counted % every !== 0) return
    collectGarbage()
    const usage = process.memoryUsage()
    heap.push(usage.heapUsed / MIB)
    rss.push(usage.rss / MIB)
  }
  return { heap, rss, count }
}

/** How much of them is in the second half above the first. */
export function growthOf(samples: readonly number[]): number {
  const half = Math.floor(samples.length / 2)
  return median(samples.slice(half)) - median(samples.slice(0, half))
}

/** Reads, and subscribes, through all of a long category. */
export async function measureMemory(bench: Bench, messages: number): Promise<MemoryResult[]> {
  const connectionString = await sizedDatabase(bench, { messages })
  const { store, db, close } = openStore(bench.toolkit, { connectionString, max: 2 })
  const results: MemoryResult[] = []
  const take = async (name: string, go: (count: () => void) => Promise<unknown>): Promise<void> => {
    const { heap, rss, count } = sampler(messages)
    await go(count)
    results.push({ name, messages, heap, rss, growth: growthOf(heap) })
  }
  await take('a reader', async (count) => {
    for await (const _ of store.readCategory('flight', { limit: messages })) count()
  })
  const { subscribe, tableCheckpoints } = bench.toolkit.subscriptions
  await bench.toolkit.subscriptionsMigration.installCheckpoints(db)
  await take('a subscription', async (count) =>
    subscribe(store, {
      id: nextId(),
      source: { category: 'flight' },
      checkpoints: tableCheckpoints(db),
      checkpointInterval: { messages: 1_000 },
      handler: count,
    }).run({ until: 'caught up' }),
  )
  await close()
  return results
}

/** MiB that a heap may be larger in the second half of the way. */
const FLAT = 4

function most(values: readonly number[]): string {
  return Math.max(...values).toFixed(0)
}

export function printMemory(results: readonly MemoryResult[]): string {
  return results
    .map(({ name, messages, heap, rss, growth }) => {
      const verdict = growth <= FLAT ? 'flat' : 'grows'
      return `Memory of ${name} over ${messages.toLocaleString('en')} messages: ${verdict}; heap ${most(heap)} MiB at most (${growth.toFixed(1)} more in the second half), resident ${most(rss)} MiB`
    })
    .join('\n')
}
