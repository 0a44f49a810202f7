import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { expect, onTestFinished, test } from 'vitest'
import { startLive } from '../browser/support/start-live.ts'
import { openClient } from '../support/live-client.ts'

const limit = { timeout: 120_000 }

async function directory(): Promise<string> {
  const path = await mkdtemp(`${tmpdir()}/mdb-example-`)
  onTestFinished(() => rm(path, { recursive: true }))
  // Its own user must get there: PostgreSQL does not run as root.
  await chmod(path, 0o755)
  return `${path}/data`
}

test('the page says that the database is lost, and goes on when it is back', limit, async () => {
  const dataDirectory = await directory()
  const server = await startEmbeddedPostgres({ dataDirectory })
  const { port, password } = server
  const databaseUrl = `postgres://postgres:${password}@127.0.0.1:${port}/postgres`
  await using live = await startLive({ dataDirectory: '', databaseUrl })
  await using page = openClient(live.url)
  const before = await page.until(({ totals }) => totals.projected.arrivals > 0)
  expect(before.databaseLost).toBe(false)

  await server.stop()
  const lost = await page.until(({ databaseLost }) => databaseLost)
  expect(lost.totals.state).toBe('unknown')
  expect(new Set(lost.group.members.map(({ state }) => state))).toEqual(new Set(['unknown']))
  // The events go on: they are not in the database.
  await page.until(({ events }) =>
    events.some(({ text }) => text.startsWith('the writer lost the database')),
  )

  await using _again = await startEmbeddedPostgres({ dataDirectory, port })
  const back = await page.until(
    ({ databaseLost, flights }) => !databaseLost && flights.written > lost.flights.written,
  )
  expect(back.totals.state).not.toBe('unknown')
  await page.send({ command: 'set speed', flightsPerSecond: 0 })
  await page.until(({ totals }) => totals.state === 'agree')
  await live[Symbol.asyncDispose]()
})

test('an embedded PostgreSQL that ends by itself is told in the terminal', limit, async () => {
  const dataDirectory = await directory()
  await using live = await startLive({ dataDirectory, embedded: true })
  await using page = openClient(live.url)
  await page.until(({ totals }) => totals.projected.arrivals > 0)
  const [pid] = (await readFile(`${dataDirectory}/postmaster.pid`, 'utf8')).split('\n')
  process.kill(Number(pid), 'SIGKILL')
  await live.printed('PostgreSQL has ended by itself')
  expect(await page.until(({ databaseLost }) => databaseLost)).toBeDefined()
  await live.kill()
})
