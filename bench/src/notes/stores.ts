import { rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { importMessages } from '@mdb/core'
import { beginTransaction, joinServer, startServer, type TestServer } from '@mdb/testing'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { generateHistory, loadStore, recordStore, type HistoryMessage } from '@mdb/testing/history'
import { startPGlite } from '@mdb/testing/pglite'
import { startPostgresContainer } from '@mdb/testing/testcontainers'
import { usePostgresServer } from '@mdb/testing/url'

const ROUNDS = 3
const FURTHER_STORES = 5
const MESSAGES = 50_000

interface Times {
  readonly first: number[]
  readonly further: number[]
  readonly transaction: number[]
}

async function timed(times: number[], run: () => Promise<unknown>): Promise<void> {
  const begin = performance.now()
  await run()
  times.push(performance.now() - begin)
}

async function measure(start: () => Promise<TestServer>, rounds = ROUNDS): Promise<Times> {
  const times: Times = { first: [], further: [], transaction: [] }
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now()
    await using server = await start()
    await openStore(server)
    times.first.push(performance.now() - begin)
    for (let store = 0; store < FURTHER_STORES; store++) {
      await timed(times.further, async () => openStore(server))
    }
    await using database = await server.createDatabase()
    for (let store = 0; store < FURTHER_STORES; store++) {
      await timed(times.transaction, async () => {
        await using trx = await beginTransaction(database)
        await trx.store.messageStoreVersion()
      })
    }
  }
  return times
}

async function openStore(server: TestServer): Promise<void> {
  await using database = await server.createDatabase()
  await database.store.messageStoreVersion()
}

/** The median and, which a busy machine disturbs least, the best. */
function summary(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  const [best = Number.NaN] = sorted
  const median = sorted[Math.floor(sorted.length / 2)] ?? Number.NaN
  return `${(median / 1000).toFixed(3)} s (best ${(best / 1000).toFixed(3)})`
}

async function unprepared(): Promise<TestServer> {
  await rm(join(tmpdir(), `mdb-testing-${userInfo().uid}`), { recursive: true, force: true })
  return startPGlite()
}

type Rows = Record<string, Record<string, string>>

/** How long the first store of a run takes, and each further one, on every backend that is here. */
async function measureBackends(): Promise<Rows> {
  await using running = await startEmbeddedPostgres()
  const url = `postgres://postgres:${running.password}@127.0.0.1:${running.port}`
  const image = process.env['MDB_TEST_IMAGE']
  const containers = `Testcontainers, ${image ?? 'the default image'}`
  const backends: readonly (readonly [string, () => Promise<TestServer>, number?])[] = [
    ['PGlite, nothing prepared', unprepared, 1],
    ['PGlite', async () => startPGlite()],
    ['embedded PostgreSQL', async () => startEmbeddedPostgres()],
    ['a server by URL', async () => usePostgresServer({ url })],
    ["a worker on the run's server", async () => joinServer(running.address)],
    [containers, async () => startPostgresContainer({ image })],
  ]
  const rows: Rows = {}
  for (const [name, start, rounds] of backends) {
    try {
      const { first, further, transaction } = await measure(start, rounds)
      rows[name] = {
        'first store': summary(first),
        'further store': summary(further),
        'transaction in one': summary(transaction),
      }
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      rows[name] = { 'not measured': why.split('\n')[0] ?? '' }
    }
  }
  return rows
}

function history(): Iterable<HistoryMessage> {
  return generateHistory({ seed: 1, messages: MESSAGES })
}

/** How fast a history is generated, written, recorded and loaded. */
async function measureHistory(): Promise<Rows> {
  await using server = await startServer({ backend: 'embedded' })
  await using database = await server.createDatabase()
  await using other = await server.createDatabase()
  const file = join(tmpdir(), `mdb-measure-${process.pid}.gz`)
  const steps: Record<string, () => Promise<unknown>> = {
    generated: async () => Array.from(history()),
    'generated and written': async () => importMessages(database.store, history()),
    'recorded, compressed': async () => recordStore(database.db, file),
    loaded: async () => loadStore(other.db, file),
  }
  const rows: Rows = {}
  for (const [name, run] of Object.entries(steps)) {
    const times: number[] = []
    await timed(times, run)
    const rate = Math.round(MESSAGES / ((times[0] ?? Number.NaN) / 1000))
    rows[name] = { 'messages/s': rate.toLocaleString('en') }
  }
  await rm(file)
  return rows
}

/** What the stores of `@mdb/testing` cost a test run. */
export async function printStores(): Promise<{ text: string; data: unknown }> {
  const data = { ...(await measureBackends()), ...(await measureHistory()) }
  const lines = Object.entries(data).map(([name, columns]) => {
    const values = Object.entries(columns).map(([column, value]) => `${column} ${value}`)
    return `${name}: ${values.join(', ')}`
  })
  return { text: lines.join('\n'), data }
}
