// From the moment a write returned to its handler, by kind of wake-up, beside a bare LISTEN that reads
// the category on each notification: in turn, on an embedded PostgreSQL. ROUNDS is how often: 300.
//   pnpm --filter @mdb/subscriptions measure:latency
import { createMessageStore } from '@mdb/core'
import {
  constantPolling,
  notifyingStore,
  sharedWatch,
  subscribe,
  type AtLeastOnceOptions,
} from '@mdb/subscriptions'
import { listenWakeUps, pgNotifier } from '@mdb/subscriptions/pg'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import pg from 'pg'

const rounds = Number(process.env['ROUNDS'] ?? 300)
const message = { type: 'FlightDeparted', data: { delay: 12 } }

await using server = await startEmbeddedPostgres()
await using database = await server.createDatabase()
const { connectionString } = database
const writer = createMessageStore(database.connect({ max: 2 }))
const notifier = pgNotifier(writer.db)
const notifying = notifyingStore(writer, notifier)

/** A way to hear of a message in a category: resolves at the next one. */
interface Form {
  readonly category: string
  readonly heard: { next: () => Promise<void> }
}

function signal(): { ring: () => void; next: () => Promise<void> } {
  let waiting: (() => void) | undefined
  return {
    ring: () => waiting?.(),
    next: () => new Promise<void>((resolve) => (waiting = resolve)),
  }
}

async function bare(category: string): Promise<Form> {
  const heard = signal()
  const store = createMessageStore(database.connect({ max: 1 }))
  const client = new pg.Client({ connectionString })
  await client.connect()
  let position = 1n
  const read = async (): Promise<void> => {
    const messages = await store.getCategoryMessages(category, { position })
    for (const { globalPosition } of messages) position = globalPosition + 1n
    if (messages.length > 0) heard.ring()
  }
  client.on('notification', ({ payload }) => {
    if (payload === category) void read()
  })
  client.on('error', () => undefined)
  await client.query('listen mdb')
  return { category, heard }
}

function form(category: string, options: Partial<AtLeastOnceOptions>): Form {
  const heard = signal()
  const subscription = subscribe(createMessageStore(database.connect({ max: 1 })), {
    id: category,
    source: { category },
    polling: constantPolling({ interval: 10_000 }),
    ...options,
    handler: () => heard.ring(),
  })
  void subscription.run()
  stops.push(() => subscription.stop())
  return { category, heard }
}

const stops: Array<() => Promise<void>> = []
const listening = listenWakeUps(() => new pg.Client({ connectionString }))
const watched = createMessageStore(database.connect({ max: 1 }))
const forms: Record<string, Form> = {
  'bare LISTEN, then a read': await bare('bare'),
  listenWakeUps: form('listen', { wakeUps: listening }),
  '… a member of a group of 1': form('member', {
    wakeUps: listening,
    source: { category: 'member', consumerGroup: { member: 0, size: 1 } },
  }),
  '… several categories': form('several', {
    wakeUps: listening,
    source: { categories: ['several', 'nothing'] },
  }),
  'sharedWatch, 10 ms': form('watch', { wakeUps: sharedWatch(watched, { interval: 10 }) }),
  'polling at 10 ms': form('polling', { polling: constantPolling({ interval: 10 }) }),
}
const times: Record<string, number[]> = {}
for (let round = -20; round < rounds; round += 1) {
  for (const [name, { category, heard }] of Object.entries(forms)) {
    const arrived = heard.next()
    await notifying.writeMessage(`${category}-1`, message)
    const written = performance.now()
    await arrived
    if (round >= 0) (times[name] ??= []).push(performance.now() - written)
  }
}
const quantile = (numbers: readonly number[], q: number): number =>
  numbers.toSorted((a, b) => a - b)[Math.round((numbers.length - 1) * q)] ?? Number.NaN
const base = quantile(times['bare LISTEN, then a read'] ?? [], 0.5)
console.table(
  Object.fromEntries(
    Object.entries(times).map(([name, measured]) => [
      name,
      {
        'p50 ms': quantile(measured, 0.5).toFixed(2),
        'p99 ms': quantile(measured, 0.99).toFixed(2),
        '× bare': (quantile(measured, 0.5) / base).toFixed(2),
      },
    ]),
  ),
)
await Promise.all(stops.map((stop) => stop()))
await listening.close()
process.exit(0)
