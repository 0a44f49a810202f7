// What an idle poll costs a subscription that has caught up, by source, and what a plain read at the
// place of the last match costs, as it was: MESSAGES (200000) in one category, on an embedded
// PostgreSQL.  pnpm --filter @mdb/subscriptions measure:idle
import { createMessageStore } from '@mdb/core'
import { systemClock, type SourceOptions } from '@mdb/subscriptions'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { sql } from 'kysely'
import { storeHeads } from '../src/heads/store-heads.ts'
import type { MessageSource, SourceContext } from '../src/message-source.ts'
import { categorySource } from '../src/sources/category.ts'
import { globalSource } from '../src/sources/global.ts'

const count = Number(process.env['MESSAGES'] ?? 200_000)
const rounds = Number(process.env['ROUNDS'] ?? 60)

await using server = await startEmbeddedPostgres()
await using database = await server.createDatabase()
await sql`
  insert into message_store.messages (stream_name, type, position, data, metadata)
  select 'airport-' || n % 64, 'Counted', n / 64, jsonb_build_object('n', n),
    '{"correlationStreamName": "elsewhere-1"}' from generate_series(1, ${count}::integer) as n
`.execute(database.db)
await sql`vacuum analyze message_store.messages`.execute(database.db)

const store = createMessageStore(database.connect({ max: 1 }))
const context: SourceContext = {
  store,
  heads: storeHeads(store),
  sharesHeads: false,
  standby: undefined,
  batchSize: 1_000,
  clock: systemClock,
  onWaiting: () => undefined,
}
const group = { member: 3, size: 1_000 }
const { signal } = new AbortController()
const caughtUp = async (source: MessageSource<never>): Promise<() => Promise<unknown>> => {
  // The last message is read, and then nothing more.
  const { next } = await source.read(BigInt(count), signal)
  return () => source.read(next, signal)
}
const category = (options: Partial<SourceOptions>): MessageSource<never> =>
  categorySource(context, { category: 'airport', ...options } as { category: string })

const forms: Record<string, () => Promise<unknown>> = {
  'no filter': await caughtUp(category({})),
  'a member of a group': await caughtUp(category({ consumerGroup: group })),
  'a correlation': await caughtUp(category({ correlation: 'nowhere' })),
  'two categories': await caughtUp(globalSource(context, { categories: ['airport', 'other'] })),
  'all messages': await caughtUp(globalSource(context, { all: true })),
  'as it was: a member': () => store.getCategoryMessages('airport', { consumerGroup: group }),
  'as it was: a correlation': () =>
    store.getCategoryMessages('airport', { correlation: 'nowhere' }),
}
const times: Record<string, number[]> = {}
for (let round = -5; round < rounds; round += 1) {
  for (const [name, form] of Object.entries(forms)) {
    if (name.startsWith('as it was') && round % 10 !== 0) continue
    const began = performance.now()
    await form()
    if (round >= 0) (times[name] ??= []).push(performance.now() - began)
  }
}
const median = (numbers: readonly number[]): number =>
  numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN
const base = median(times['no filter'] ?? [])
console.table(
  Object.fromEntries(
    Object.entries(times).map(([name, measured]) => [
      name,
      {
        'median ms': median(measured).toFixed(2),
        '× no filter': (median(measured) / base).toFixed(2),
      },
    ]),
  ),
)
process.exit(0)
