// How long the first store of a run takes, and each further one: `pnpm --filter @mdb/testing measure`.
import { rm } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import type { TestServer } from '@mdb/testing'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { startPGlite } from '@mdb/testing/pglite'

const ROUNDS = 5
const FURTHER_STORES = 5

interface Times {
  readonly first: number[]
  readonly further: number[]
}

async function measure(start: () => Promise<TestServer>, rounds: number): Promise<Times> {
  const times: Times = { first: [], further: [] }
  for (let round = 0; round < rounds; round++) {
    const begin = performance.now()
    await using server = await start()
    await openStore(server)
    times.first.push(performance.now() - begin)
    for (let store = 0; store < FURTHER_STORES; store++) {
      const before = performance.now()
      await openStore(server)
      times.further.push(performance.now() - before)
    }
  }
  return times
}

async function openStore(server: TestServer): Promise<void> {
  await using database = await server.createDatabase()
  await database.store.messageStoreVersion()
}

function median(numbers: readonly number[]): string {
  const sorted = numbers.toSorted((a, b) => a - b)
  return `${((sorted[Math.floor(sorted.length / 2)] ?? Number.NaN) / 1000).toFixed(2)} s`
}

async function unprepared(): Promise<TestServer> {
  await rm(join(tmpdir(), `mdb-testing-${userInfo().uid}`), { recursive: true, force: true })
  return startPGlite()
}

const rows = {
  'PGlite, nothing prepared': await measure(unprepared, 1),
  PGlite: await measure(startPGlite, ROUNDS),
  'embedded PostgreSQL': await measure(startEmbeddedPostgres, ROUNDS),
}
console.table(
  Object.fromEntries(
    Object.entries(rows).map(([backend, { first, further }]) => [
      backend,
      { 'first store': median(first), 'further store': median(further) },
    ]),
  ),
)
