import type { AtLeastOnceOptions, SourceOptions } from '@mdb/subscriptions'
import pg from 'pg'
import type { Contender, Other, Work } from '../harness/work.ts'
import type { Bench } from '../setup/bench.ts'
import { connect } from '../setup/connect.ts'
import { openStore, type Opened, type Toolkit } from '../setup/toolkit.ts'
import { nextId } from './next-id.ts'

const message = { type: 'FlightDeparted', data: { delay: 12 } }

/** Rings when something is heard. */
function signal(): { ring: () => void; next: () => Promise<void> } {
  let waiting: (() => void) | undefined
  return {
    ring: () => waiting?.(),
    next: async () => new Promise<void>((resolve) => (waiting = resolve)),
  }
}

type Signal = ReturnType<typeof signal>

interface Hearing {
  readonly heard: Signal
  readonly close: () => Promise<unknown>
}

/** Milliseconds from the moment a write returned until its message was heard. */
async function timed(
  [bench, toolkit]: [Bench, Toolkit],
  hear: (category: string, connectionString: string) => Promise<Hearing>,
): Promise<Contender> {
  const connectionString = await bench.freshDatabase()
  const writer = openStore(toolkit, { connectionString, max: 2 })
  const { notifyingStore } = toolkit.subscriptions
  const notifying = notifyingStore(writer.store, toolkit.listen.pgNotifier(writer.db))
  const category = nextId()
  const { heard, close } = await hear(category, connectionString)
  const run = async (): Promise<number> => {
    const arrived = heard.next()
    await notifying.writeMessage(`${category}-1`, message)
    const written = performance.now()
    await arrived
    return performance.now() - written
  }
  return { run, close: async () => Promise.all([close(), writer.close()]) }
}

/** The least that a program must do: listen, and read the category at each notification. */
const bareListen: Other = {
  role: 'plain',
  open: async (bench) =>
    timed([bench, bench.toolkit], async (category, connectionString) => {
      const heard = signal()
      const { store, close } = openStore(bench.toolkit, { connectionString })
      const client = await connect(connectionString)
      let position = 1n
      client.on('notification', ({ payload }) => {
        if (payload === category) void read()
      })
      const read = async (): Promise<void> => {
        const messages = await store.getCategoryMessages(category, { position })
        for (const { globalPosition } of messages) position = globalPosition + 1n
        if (messages.length > 0) heard.ring()
      }
      await client.query('listen mdb')
      return { heard, close: async () => Promise.all([client.end(), close()]) }
    }),
}

type Options = Pick<AtLeastOnceOptions, 'wakeUps' | 'source'> & { readonly interval: number }

async function subscribed(toolkit: Toolkit, opened: Opened, options: Options): Promise<Hearing> {
  const { subscribe, constantPolling } = toolkit.subscriptions
  const heard = signal()
  const { source, wakeUps, interval } = options
  const live = Promise.withResolvers<void>()
  const subscription = subscribe(opened.store, {
    id: nextId(),
    source,
    polling: constantPolling({ interval }),
    wakeUps,
    handler: () => heard.ring(),
    observer: ({ type }) => void (type === 'live' && live.resolve()),
  })
  const ended = subscription.run()
  await live.promise
  const close = async (): Promise<void> => {
    await subscription.stop()
    await ended
    await opened.close()
  }
  return { heard, close }
}

const SELDOM = 10_000

type SourceOf = (category: string) => SourceOptions

async function listening(
  bench: Bench,
  toolkit: Toolkit,
  sourceOf: SourceOf = (category) => ({ category }),
): Promise<Contender> {
  return timed([bench, toolkit], async (category, connectionString) => {
    const wakeUps = toolkit.listen.listenWakeUps(() => new pg.Client({ connectionString }))
    const opened = openStore(toolkit, { connectionString })
    const source = sourceOf(category)
    const hearing = await subscribed(toolkit, opened, { source, wakeUps, interval: SELDOM })
    const close = async (): Promise<unknown> => hearing.close().then(async () => wakeUps.close())
    return { heard: hearing.heard, close }
  })
}

const listeningTo = (sourceOf: SourceOf): Other => ({
  role: 'ours',
  open: async (bench) => listening(bench, bench.toolkit, sourceOf),
})

const watching: Other = {
  role: 'ours',
  open: async (bench) =>
    timed([bench, bench.toolkit], async (category, connectionString) => {
      const opened = openStore(bench.toolkit, { connectionString, max: 2 })
      const wakeUps = bench.toolkit.subscriptions.sharedWatch(opened.store, { interval: 10 })
      return subscribed(bench.toolkit, opened, { source: { category }, wakeUps, interval: SELDOM })
    }),
}

const polling = (interval: number): Other => ({
  role: 'ours',
  open: async (bench) =>
    timed([bench, bench.toolkit], async (category, connectionString) => {
      const opened = openStore(bench.toolkit, { connectionString })
      return subscribed(bench.toolkit, opened, { source: { category }, interval })
    }),
})

export const latency: Work = {
  name: 'latency',
  title: 'latency, write to handler, woken by LISTEN',
  unit: 'ms',
  ours: listening,
  others: {
    'bare LISTEN': bareListen,
    'ours, a member of a group': listeningTo((category) => ({
      category,
      consumerGroup: { member: 0, size: 1 },
    })),
    'ours, several categories': listeningTo((category) => ({ categories: [category, 'nothing'] })),
    'ours, a shared watch each 10 ms': watching,
    'ours, polling at 10 ms': polling(10),
  },
  goals: [
    { against: 'bare LISTEN', atMost: 1.5 },
    { against: 'bare LISTEN', atMost: 1.5, quantile: 0.99 },
  ],
  slice: 2,
}
