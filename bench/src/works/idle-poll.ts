import type { Clock, SourceOptions } from '@mdb/subscriptions'
import type { Contender, Other, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import type { History } from '../setup/history.ts'
import { openStore, type Toolkit } from '../setup/toolkit.ts'
import { nextId } from './next-id.ts'

/** A clock whose sleeper is woken by hand: whoever sleeps has nothing to do. */
function handClock(): Clock & { wake: () => Promise<void>; asleep: () => Promise<void> } {
  let sleeper: (() => void) | undefined
  let fellAsleep = Promise.withResolvers<void>()
  return {
    now: () => performance.now(),
    async sleep(_, signal) {
      if (signal.aborted) return
      await new Promise<void>((resolve) => {
        sleeper = resolve
        signal.addEventListener('abort', () => resolve(), { once: true })
        fellAsleep.resolve()
      })
    },
    asleep: async () => fellAsleep.promise,
    async wake() {
      fellAsleep = Promise.withResolvers<void>()
      sleeper?.()
      await fellAsleep.promise
    },
  }
}

/** Milliseconds of a poll that finds nothing, of a subscription that has caught up. */
async function idlePoll(bench: Bench, toolkit: Toolkit, source: SourceOptions): Promise<Contender> {
  const { url } = await bench.history()
  const { store, close } = openStore(toolkit, { connectionString: url })
  const clock = handClock()
  const { subscribe, constantPolling } = toolkit.subscriptions
  const subscription = subscribe(store, {
    id: nextId(),
    source,
    clock,
    polling: constantPolling({ interval: 10 }),
    handler: () => undefined,
  })
  const ended = subscription.run()
  await clock.asleep()
  const run = async (): Promise<number> => {
    const began = performance.now()
    await clock.wake()
    return performance.now() - began
  }
  const stop = async (): Promise<void> => {
    await subscription.stop()
    await ended
    await close()
  }
  return { run, close: stop }
}

const other = (source: (history: History) => SourceOptions): Other => ({
  role: 'ours',
  open: async (bench) => idlePoll(bench, bench.toolkit, source(await bench.history())),
})

const backlog = { category: 'flight' as const, position: 1n }

export const idlePolls: Work = {
  name: 'idle-poll',
  title: 'idle poll of a filtered reader, long backlog',
  unit: 'ms',
  // Nothing of the whole backlog matches.
  ours: async (bench, toolkit) => idlePoll(bench, toolkit, { ...backlog, correlation: 'nowhere' }),
  others: {
    'ours, a member of 1,000': other(() => ({
      ...backlog,
      consumerGroup: { member: 3, size: 1_000 },
    })),
    'ours, several categories': other(({ last }) => ({
      categories: ['flight', 'nothing'],
      position: last + 1n,
    })),
    'ours, all messages': other(({ last }) => ({ all: true, position: last + 1n })),
    // It begins at the end: it would have to handle the backlog first.
    'ours, no filter': other(({ last }) => ({ category: 'flight', position: last + 1n })),
    'the call without a place': {
      role: 'plain',
      async open(bench) {
        const { url } = await bench.history()
        const { store, close } = openStore(bench.toolkit, { connectionString: url })
        const run = async (): Promise<number> => {
          const began = performance.now()
          await store.getCategoryMessages('flight', { correlation: 'nowhere' })
          return performance.now() - began
        }
        return { run, close }
      },
    },
  },
  goals: [{ against: 'ours, no filter', atMost: 2 }],
}
