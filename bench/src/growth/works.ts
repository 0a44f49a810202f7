import type { Contender, Other, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import { payload, payloads } from '../setup/payload.ts'
import { openStore, type Opened, type Toolkit } from '../setup/toolkit.ts'
import { nextId } from '../works/next-id.ts'
import { sizedDatabase, type Sized } from './sized.ts'

/** What is done on a store of some size, in one turn. */
type Doing = (
  opened: Opened,
  place: { readonly sized: Sized; readonly toolkit: Toolkit },
) => Promise<number>

const READ = 5_000

const write: Doing = async ({ store }) => (await store.writeMessage('flight-1', payload()), 1)

const writeBatch: Doing = async ({ store }) => {
  await store.writeMessages('flight-2', payloads(100))
  return 100
}

// From the middle: behind as much as there is before.
const read: Doing = async ({ store }, { sized: { messages } }) => {
  let count = 0
  const position = BigInt(Math.max(1, messages / 2 - READ))
  const pages = store.readCategory('flight', { position, limit: READ }).pages()
  for await (const page of pages) count += page.length
  return count
}

const catchUp: Doing = async ({ store }, { sized: { messages }, toolkit }) => {
  let count = 0
  const subscription = toolkit.subscriptions.subscribe(store, {
    id: nextId(),
    source: { category: 'flight', position: BigInt(messages - READ + 1) },
    handler: () => {
      count += 1
      if (count === READ) void subscription.stop()
    },
  })
  await subscription.run()
  return count
}

async function open(
  bench: Bench,
  toolkit: Toolkit,
  [sized, doing]: [Sized, Doing],
): Promise<Contender> {
  const opened = openStore(toolkit, { connectionString: await sizedDatabase(bench, sized), max: 2 })
  return { run: async () => doing(opened, { sized, toolkit }), close: opened.close }
}

/** How far the largest may fall behind the smallest: flat, but for the depth of an index. */
const FLAT = 0.8

interface Growing<T> {
  readonly name: string
  readonly title: string
  /** From the smallest to the largest, which is ours. */
  readonly steps: readonly T[]
  readonly label: (step: T) => string
  readonly open: (bench: Bench, toolkit: Toolkit, step: T) => Promise<Contender>
}

/** A work whose contenders are ourselves, on less and on more. */
function growing<T>({ name, title, steps, label, open }: Growing<T>): Work {
  const [smallest, largest] = [steps[0] as T, steps.at(-1) as T]
  const other = (step: T): [string, Other] => [
    label(step),
    { role: 'ours', open: async (bench) => open(bench, bench.toolkit, step) },
  ]
  return {
    name,
    title: `${title}, ${label(largest)}`,
    unit: 'messages/s',
    ours: async (bench, toolkit) => open(bench, toolkit, largest),
    others: Object.fromEntries(steps.slice(0, -1).map(other)),
    goals: [{ against: label(smallest), atLeast: FLAT }],
  }
}

const number = (value: number): string => value.toLocaleString('en')

function bySize(name: string, title: string, [sizes, doing]: [readonly number[], Doing]): Work {
  return growing({
    name: `growth-${name}`,
    title: `growth: ${title}`,
    steps: sizes,
    label: (messages) => `${number(messages)} messages`,
    open: async (bench, toolkit, messages) => open(bench, toolkit, [{ messages }, doing]),
  })
}

const STREAMS = [1, 16, 256, 4_096]
const SPREAD = 50_000

const byStreams: Work = growing({
  name: 'growth-streams',
  title: 'growth: read a category',
  steps: STREAMS,
  label: (streams) => `${number(streams)} streams`,
  open: async (bench, toolkit, streams) =>
    open(bench, toolkit, [{ messages: SPREAD, streams }, read]),
})

const MEMBERS = [1, 4, 16, 64]

/** A member's page, by the group's index: what it costs per message that the member gets. */
const byMembers: Work = growing({
  name: 'growth-members',
  title: 'growth: read as one member',
  steps: MEMBERS,
  label: (members) => `${number(members)} members`,
  async open(bench, toolkit, size) {
    const connectionString = await sizedDatabase(bench, { messages: 2 * SPREAD, streams: 1_000 })
    const { store, db, close } = openStore(toolkit, { connectionString })
    if (size > 1) await toolkit.migration.createConsumerGroupIndex(db, { size })
    const run = async (): Promise<number> => {
      const consumerGroup = { member: 0, size }
      const page = await store.getCategoryMessages('flight', { consumerGroup, batchSize: 1_000 })
      return page.length
    }
    return { run, close }
  },
})

/** Each work on less and on more: what a message costs stays the same. */
export function growthWorks(sizes: readonly number[]): readonly Work[] {
  return [
    bySize('write', 'write, one at a time', [sizes, write]),
    bySize('batch', 'batch of 100', [sizes, writeBatch]),
    bySize('read', 'read a category', [sizes, read]),
    bySize('catch-up', 'subscription catching up', [sizes, catchUp]),
    byStreams,
    byMembers,
  ]
}
