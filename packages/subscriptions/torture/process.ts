// One process of the group that is tortured.
import { createMessageStore } from '@mdb/core'
import { type HandlerContext, subscribe } from '@mdb/subscriptions'
import { connectTo } from './database.ts'
import { toMode } from './mode.ts'
import { tortured } from './subscription.ts'

const [connectionString = '', by = '', size = '4', lease = '2000', mode = '', skew = '0'] =
  process.argv.slice(2)

// The clocks of processes are apart, by up to a minute: whoever asks what time it is, in any way.
const Clock = Date
const shifted = (): number => Clock.now() + Number(skew)
globalThis.Date = new Proxy(Clock, {
  get: (target, key): unknown => (key === 'now' ? shifted : Reflect.get(target, key)),
  apply: () => new Clock(shifted()).toString(),
  construct: (target, args, made) =>
    Reflect.construct(target, args.length === 0 ? [shifted()] : args, made) as Date,
})

interface Run {
  readonly run: string
  readonly epoch: bigint
}
const started = new Map<number, Run>()
const runs = new WeakMap<AbortSignal, Run>()
let count = 0

/** Each run of a member has a signal of its own. */
function runOf({ signal, consumerGroup }: HandlerContext): Run | undefined {
  const run = runs.get(signal) ?? started.get(consumerGroup?.member ?? -1)
  if (run !== undefined) runs.set(signal, run)
  return run
}

const store = createMessageStore(connectTo(connectionString, 12))
const subscription = subscribe(store, {
  ...tortured(store, {
    mode: toMode(mode),
    size: Number(size),
    lease: Number(lease),
    by,
    isPoisoned: ({ globalPosition }) => globalPosition % 499n === 0n,
    runOf,
  }),
  observer(event) {
    if (event.type === 'started' && event.consumerGroup !== undefined) {
      count += 1
      const { member } = event.consumerGroup
      started.set(member, { run: `${by}, run ${count}`, epoch: event.epoch ?? 0n })
    }
    process.stdout.write(`${event.type}\n`)
  },
})
process.on('SIGTERM', () => void subscription.stop())
await subscription.run()
await store.db.destroy()
