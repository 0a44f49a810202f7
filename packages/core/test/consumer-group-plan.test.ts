import { sql } from 'kysely'
import pg from 'pg'
import { expect } from 'vitest'
import { createConsumerGroupIndex } from '@mdb/core/migration'
import { messageStoreTest } from '@mdb/testing/vitest'

const test = messageStoreTest({ backend: 'embedded' })

interface Plan {
  readonly 'Node Type': string
  readonly 'Index Name'?: string
  readonly 'Actual Rows'?: number
  readonly 'Rows Removed by Filter'?: number
  readonly 'Shared Hit Blocks'?: number
  readonly 'Shared Read Blocks'?: number
  readonly Plans?: readonly Plan[]
}

const nodes = (plan: Plan): Plan[] => [plan, ...(plan.Plans ?? []).flatMap(nodes)]

const blocks = (plan: Plan): number =>
  (plan['Shared Hit Blocks'] ?? 0) + (plan['Shared Read Blocks'] ?? 0)

/** One page of a member, read by the function itself, and by the query that the function says it runs. */
async function explainPage(connectionString: string): Promise<{ call: Plan; inner: Plan[] }> {
  const client = new pg.Client({ connectionString })
  const notices: string[] = []
  client.on('notice', ({ message }) => notices.push(message ?? ''))
  await client.connect()
  const explain = async (query: string): Promise<Plan> => {
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: Plan }[] }>(
      `explain (analyze, buffers, format json) ${query}`,
    )
    const [explained] = rows[0]?.['QUERY PLAN'] ?? []
    if (explained === undefined) throw new Error('no plan')
    return explained.Plan
  }
  try {
    await client.query(`set search_path to message_store; set message_store.debug_get to 'on'`)
    const page = `get_category_messages('flight', 1, 100, null, 3, 16)`
    await client.query(`select from ${page}`)
    const said = notices.find((notice) => notice.startsWith('Generated Command: '))
    await client.query(`set message_store.debug_get to 'off'; set plan_cache_mode to
      force_custom_plan; prepare inner_query (varchar, bigint, bigint, varchar, bigint, smallint) as
      ${said?.slice('Generated Command: '.length)}`)
    return {
      call: await explain(`select * from ${page}`),
      inner: nodes(await explain(`execute inner_query ('flight', 1, 100, null, 3, 16)`)),
    }
  } finally {
    await client.end()
  }
}

test('a page of a member reads that member, not the category', async ({ db, database }) => {
  await sql`insert into message_store.messages (stream_name, position, type, data)
    select 'flight-' || n % 500, n / 500, 'Departed', jsonb_build_object('n', n)
    from generate_series(0, 19999) as n`.execute(db)
  await sql`vacuum analyze message_store.messages`.execute(db)
  const uri = database.connectionString ?? ''

  const without = await explainPage(uri)
  const scanned = without.inner.reduce(
    (sum, node) => sum + (node['Rows Removed by Filter'] ?? 0),
    0,
  )
  expect(without.call['Actual Rows']).toBe(100)
  expect(scanned).toBeGreaterThan(1000)

  await createConsumerGroupIndex(db, { size: 16 })
  const { call, inner } = await explainPage(uri)
  expect(call['Actual Rows']).toBe(100)
  expect(inner).toContainEqual(
    expect.objectContaining({
      'Node Type': 'Index Scan',
      'Index Name': 'mdb_consumer_group_16',
      'Actual Rows': 100,
    }),
  )
  // No sort, and no row was looked at for nothing.
  expect(inner.map((node) => node['Node Type'])).toEqual(['Limit', 'Index Scan'])
  expect(inner.filter((node) => (node['Rows Removed by Filter'] ?? 0) > 0)).toEqual([])
  // A block for each row at most, and those of the index.
  expect(blocks(inner[0] ?? call)).toBeLessThan(110)
})
