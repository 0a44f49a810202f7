import type { MessageStore } from '@mdb/core'
import type { TestDatabase } from '@mdb/testing'
import { type Kysely, sql } from 'kysely'
import { afterAll, beforeAll, describe, expect, onTestFailed, test } from 'vitest'
import { type Consumer, startOnHost } from './support/child.ts'
import { type EffectDatabase, installEffects, untilSomebodyWaits, upTo } from './support/effects.ts'
import { type Host, type Network, startNetwork, whyNoHosts } from './support/network.ts'
import { writeNumbers } from './support/numbers.ts'

// Groups on several hosts, each in a network namespace of its own, whose cable is pulled: nothing is
// refused or reset, packets are just gone. Lost: 0. Twice: 0.

const missing = whyNoHosts()
const required = process.env['MDB_REQUIRE_NETNS'] === '1'
const SIZE = 6
const LEASE = 1_000
const IDLE = 700

let network: Network

test.runIf(missing !== undefined)('network namespaces can be made', ({ skip }) => {
  expect(required, missing).toBe(false)
  console.warn(`Skipped on hosts of their own: ${missing}`)
  skip(missing)
})

describe.skipIf(missing !== undefined)('on hosts of their own', { timeout: 90_000 }, () => {
  beforeAll(async () => {
    network = await startNetwork(3)
  })
  afterAll(async () => network[Symbol.asyncDispose]())

  test('a host that is cut off loses its members to the others, and joins again', async () => {
    await using database = await newDatabase()
    const { db, store } = database
    await using running = new AsyncDisposableStack()
    const all = network.hosts.map((host) => running.use(start(database, host)))
    const [first, ...others] = all as [Consumer, Consumer, Consumer]
    await Promise.all(all.map((each) => each.untilLines(holds(2))))
    const writing = writeAll(store, 1, 400)
    await first.untilLines((lines) => lines.includes('handled'))

    const [host] = network.hosts as [Host]
    await host.cut()
    const cutAt = performance.now()
    await Promise.all(others.map((each) => each.untilLines(holds(3))))
    tell('taken over', cutAt)
    await writing
    await untilEffects(db, 400)
    expect(await sortedEffects(db)).toEqual(upTo(400))

    await host.mend()
    const mendedAt = performance.now()
    await Promise.all(all.map((each) => each.untilLines(holds(2))))
    tell('even again', mendedAt)
    expect(first.lines.join()).toMatch(/member (lost|released)/)
    const before = first.lines.length
    await writeAll(store, 401, 500)
    await untilEffects(db, 500)
    expect(first.lines.slice(before)).toContain('handled')
    await Promise.all(all.map(stop))
    expect(await sortedEffects(db)).toEqual(upTo(500))
  })

  test.for(['idle', 'reading'] as const)(
    'cut off in its transaction, %s: the server ends it, and another host handles the messages',
    async (how) => {
      await using database = await newDatabase()
      const { db, store } = database
      await using running = new AsyncDisposableStack()
      const [host, other] = network.hosts as [Host, Host]
      const cutOff = running.use(start(database, host, '1', how))
      await cutOff.untilLines(holds(SIZE))
      await writeNumbers(store, 'airport-1', 1, 5)
      await cutOff.until('handled')
      if (how === 'reading') await untilSending(db)
      await host.cut()
      const cutAt = performance.now()

      const heir = running.use(start(database, other))
      await untilEffects(db, 5)
      tell(`${how}: handled elsewhere`, cutAt)
      const by = await db.selectFrom('effect').select('by').distinct().execute()
      expect(by).toEqual([{ by: other.name }])

      await host.mend()
      expect(await goOn(database, { cutOff, heir })).toEqual(upTo(100))
    },
  )

  test.for(['heartbeat', 'handler'] as const)(
    'a %s waits on a connection that is gone without a word: the host joins again',
    async (what) => {
      await using database = await newDatabase()
      const { db, store } = database
      await using running = new AsyncDisposableStack()
      const [host, other] = network.hosts as [Host, Host]
      const cutOff = running.use(start(database, host, '1', 'locked'))
      await cutOff.untilLines(holds(SIZE))
      // What it waits for is granted when the answer does not arrive any more.
      await db.transaction().execute(async (trx) => {
        if (what === 'heartbeat') await sql`select from mdb.consumer_group for update`.execute(trx)
        else await sql`select pg_advisory_xact_lock(4711)`.execute(trx)
        if (what === 'handler') await writeNumbers(store, 'airport-1', 1, 5)
        await untilSomebodyWaits(database.connect())
        await host.cut()
      })
      const heir = running.use(start(database, other))
      await heir.untilLines(holds(SIZE))
      await host.move()
      await host.mend()
      if (what === 'heartbeat') await writeNumbers(store, 'airport-1', 1, 5)
      expect(await goOn(database, { cutOff, heir })).toEqual(upTo(100))
    },
  )
})

/** Both share the members again, and what is written is handled; what was handled in all. */
async function goOn(
  { db, store }: TestDatabase<EffectDatabase>,
  { cutOff, heir }: { readonly cutOff: Consumer; readonly heir: Consumer },
): Promise<number[]> {
  await Promise.all([cutOff, heir].map((each) => each.untilLines(holds(SIZE / 2))))
  await writeAll(store, 6, 100)
  await untilEffects(db, 100)
  await Promise.all([cutOff, heir].map(stop))
  return sortedEffects(db)
}

function tell(what: string, since: number): void {
  console.log(`${what} ${Math.round(performance.now() - since)} ms later; a lease is ${LEASE} ms`)
}

/** Resolves once a server process waits for its client to take what it sends. */
async function untilSending(db: Kysely<EffectDatabase>): Promise<void> {
  for (let rows = 0; rows === 0;) {
    const result = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event = 'ClientWrite'
    `.execute(db)
    rows = result.rows.length
  }
}

async function newDatabase(): Promise<TestDatabase<EffectDatabase>> {
  const database = await network.server.createDatabase<EffectDatabase>({ leaks: 'cut' })
  await installEffects(database.db)
  return database
}

function start(database: TestDatabase<EffectDatabase>, host: Host, ...args: string[]): Consumer {
  const address = network.reach(database.connectionString as string)
  const consumer = startOnHost(host, address, host.name, `${LEASE}`, `${IDLE}`, ...args)
  onTestFailed(() => console.log(`${host.name}: ${consumer.lines.join(', ')}`))
  return consumer
}

function membersOf(lines: readonly string[]): number {
  const count = (start: string): number => lines.filter((line) => line.startsWith(start)).length
  return count('member claimed') - count('member released') - count('member lost')
}

const holds = (count: number) => (lines: readonly string[]) => membersOf(lines) === count

async function writeAll(store: MessageStore<EffectDatabase>, first: number, last: number) {
  for (let n = first; n <= last; n += 1) await writeNumbers(store, `airport-${n % 24}`, n, n)
}

async function untilEffects(db: Kysely<EffectDatabase>, count: number): Promise<void> {
  for (let rows = 0; rows < count;) {
    const result = await sql<{ rows: number }>`select count(*)::int as rows from effect`.execute(db)
    rows = result.rows[0]!.rows
  }
}

async function sortedEffects(db: Kysely<EffectDatabase>): Promise<number[]> {
  const rows = await db.selectFrom('effect').select('n').orderBy('n').execute()
  return rows.map(({ n }) => n)
}

async function stop(process: Consumer): Promise<void> {
  process.kill('SIGTERM')
  await process.exited
  expect(process.lines.at(-1)).toBe('ended stopped')
}
