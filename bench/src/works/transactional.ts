import { sql } from 'kysely'
import type { Other, Work } from '../harness/work.ts'
import { connect } from '../setup/connect.ts'
import { openStore } from '../setup/toolkit.ts'
import { nextId } from './next-id.ts'
import { CATEGORY_PAGE, decodeRow, PAGE, readRows } from './plain-read.ts'

const TABLE = 'create table if not exists public.seen (stream text primary key, delay int, n int)'
// A page may hold several messages of a stream: the last one counts.
const UPSERT = `insert into public.seen (stream, delay, n)
  select distinct on (stream) stream, delay, 1
  from unnest($1::text[], $2::int4[]) with ordinality as m (stream, delay, at)
  order by stream, at desc
  on conflict (stream) do update set delay = excluded.delay, n = seen.n + 1`

interface Delay {
  readonly delay: number
}

/** By hand: a page and its batch of rows, and the place, in one transaction. */
const byHand: Other = {
  role: 'plain',
  async open(bench) {
    const { url, last } = await bench.history()
    const client = await connect(url)
    await client.query(TABLE)
    await client.query(
      'create table if not exists public.place (id text primary key, position int8)',
    )
    const from = last - BigInt(bench.scale.read - 1)
    const run = async (): Promise<number> => {
      const id = nextId()
      await client.query('insert into public.place values ($1, 0)', [id])
      let position = from
      let handled = 0
      for (;;) {
        const request = { text: CATEGORY_PAGE, name: 'flight', position, size: PAGE }
        const page = (await readRows(client, request)).map(decodeRow)
        if (page.length === 0) return handled
        position = (page.at(-1)?.globalPosition ?? 0n) + 1n
        const streams = page.map(({ streamName }) => streamName)
        const delays = page.map(({ data }) => (data as Delay).delay)
        await client.query('begin')
        await client.query({ name: 'upsert', text: UPSERT, values: [streams, delays] })
        const save = 'update public.place set position = $2 where id = $1'
        await client.query({ name: 'save', text: save, values: [id, position.toString()] })
        await client.query('commit')
        handled += page.length
        if (page.length < PAGE) return handled
      }
    }
    return { run, close: async () => client.end() }
  },
}

export const transactional: Work = {
  name: 'transactional',
  title: 'transactional per page, a row per message',
  unit: 'messages/s',
  async ours(bench, toolkit) {
    const { url, last } = await bench.history()
    const { subscriptions, subscriptionsMigration } = toolkit
    const { store, db, close } = openStore(toolkit, { connectionString: url, max: 2 })
    await subscriptionsMigration.installCheckpoints(db)
    await sql.raw(TABLE).execute(db)
    const position = last - BigInt(bench.scale.read - 1)
    const run = async (): Promise<number> => {
      let handled = 0
      const subscription = subscriptions.subscribe(store, {
        id: nextId(),
        source: { category: 'flight', position },
        checkpoints: subscriptions.tableCheckpoints(db),
        transactional: 'page',
        eachPage: async (page, { trx }) => {
          const streams = page.map(({ streamName }) => streamName)
          const delays = page.map(({ data }) => (data as Delay).delay)
          await upsert(streams, delays).execute(trx)
          handled += page.length
        },
      })
      await subscription.run({ until: 'caught up' })
      return handled
    }
    return { run, close }
  },
  others: { 'by hand, batched upsert': byHand },
  goals: [{ against: 'by hand, batched upsert', atLeast: 0.7 }],
}

function upsert(streams: readonly string[], delays: readonly number[]) {
  return sql`insert into public.seen (stream, delay, n)
    select distinct on (stream) stream, delay, 1
    from unnest(${streams}::text[], ${delays}::int4[]) with ordinality as m (stream, delay, at)
    order by stream, at desc
    on conflict (stream) do update set delay = excluded.delay, n = seen.n + 1`
}
