import type { Contender, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import { openStore, type Toolkit } from '../setup/toolkit.ts'
import { nextId } from './next-id.ts'

const WINDOW = 250

/** What idle subscriptions of one process send, all woken by one shared watch. */
async function watching(bench: Bench, toolkit: Toolkit, count: number): Promise<Contender> {
  let statements = 0
  const { subscribe, sharedWatch } = toolkit.subscriptions
  const { store, close } = openStore(toolkit, {
    connectionString: await bench.freshDatabase(),
    max: 4,
    onStatement: () => {
      statements += 1
    },
  })
  const wakeUps = sharedWatch(store, { interval: 10 })
  const waiting = Array.from({ length: count }, () => Promise.withResolvers<void>())
  const subscriptions = waiting.map(({ resolve }) =>
    subscribe(store, {
      id: nextId(),
      source: { category: nextId() },
      wakeUps,
      handler: () => undefined,
      observer: ({ type }) => void (type === 'live' && resolve()),
    }),
  )
  const ended = subscriptions.map(async (each) => each.run())
  await Promise.all(waiting.map(async ({ promise }) => promise))
  const run = async (): Promise<number> => {
    const [before, began] = [statements, performance.now()]
    await new Promise((resolve) => void setTimeout(resolve, WINDOW))
    return (statements - before) / ((performance.now() - began) / 1000)
  }
  return {
    run,
    async close() {
      await Promise.all(subscriptions.map(async (each) => each.stop()))
      await Promise.all(ended)
      await close()
    },
  }
}

export const idleHundred: Work = {
  name: 'idle-100',
  title: '100 idle subscriptions',
  unit: 'statements/s',
  ours: async (bench, toolkit) => watching(bench, toolkit, 100),
  others: {
    'ours, one idle subscription': {
      role: 'ours',
      open: async (bench) => watching(bench, bench.toolkit, 1),
    },
  },
  goals: [{ against: 'ours, one idle subscription', atMost: 1.05 }],
}
