import { messageStoreTest } from '@mdb/testing/vitest'
import { type Kysely, sql } from 'kysely'
import { expect } from 'vitest'
import { type Consumer, startGroupProcess } from './support/child.ts'
import { type EffectDatabase, installEffects, upTo } from './support/effects.ts'
import { writeNumbers } from './support/numbers.ts'

// Groups of real processes, that die or stand still. Lost: 0. Twice: 0.

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const SIZE = 4
const LEASE = 1_500

function membersOf(lines: readonly string[]): number {
  const count = (start: string): number => lines.filter((line) => line.startsWith(start)).length
  return count('member claimed') - count('member released') - count('member lost')
}

const holds = (count: number) => (lines: readonly string[]) => membersOf(lines) === count
const handled = (lines: readonly string[]): boolean => lines.includes('handled')

async function writeAll(
  store: Parameters<typeof writeNumbers>[0],
  first: number,
  last: number,
): Promise<void> {
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

test('a killed process loses its members to the others within its lease', async ({
  database,
  db,
  store,
}) => {
  await installEffects(db)
  const args = [`${SIZE}`, `${LEASE}`]
  await using victim = startGroupProcess(database.connectionString!, 'victim', ...args)
  await victim.untilLines(holds(SIZE))
  await using heir = startGroupProcess(database.connectionString!, 'heir', ...args)
  await heir.untilLines(holds(2))
  const writing = writeAll(store, 1, 400)
  await victim.untilLines(handled)

  victim.kill('SIGKILL')
  await victim.exited
  await heir.untilLines(holds(SIZE))
  await writing
  await untilEffects(db, 400)
  await stop(heir)
  expect(await sortedEffects(db)).toEqual(upTo(400))
})

test('a process that stood still past its lease is fenced when it wakes, and joins again', async ({
  database,
  db,
  store,
}) => {
  await installEffects(db)
  const args = [`${SIZE}`, `${LEASE}`]
  await using sleeper = startGroupProcess(database.connectionString!, 'sleeper', ...args)
  await sleeper.untilLines(holds(SIZE))
  await using heir = startGroupProcess(database.connectionString!, 'heir', ...args)
  await heir.untilLines(holds(2))
  const writing = writeAll(store, 1, 300)
  for (let round = 0; round < 3; round += 1) {
    await sleeper.untilLines(holds(2))
    sleeper.kill('SIGSTOP')
    await heir.untilLines(holds(SIZE))
    sleeper.kill('SIGCONT')
    await heir.untilLines(holds(2))
  }
  await writing
  await writeAll(store, 301, 400)
  await untilEffects(db, 400)
  await Promise.all([sleeper, heir].map(stop))
  expect(await sortedEffects(db)).toEqual(upTo(400))
})

test('connections that are cut, again and again, cost a group nothing', async ({
  database,
  db,
  store,
}) => {
  await installEffects(db)
  const args = [`${SIZE}`, `${LEASE}`]
  const named = `${database.connectionString!}?application_name=cut`
  await using first = startGroupProcess(named, 'first', ...args)
  await using second = startGroupProcess(named, 'second', ...args)
  await Promise.all([first, second].map((each) => each.untilLines(holds(2))))
  const writing = writeAll(store, 1, 300)
  for (let cut = 0; cut < 10; cut += 1) {
    await untilEffects(db, cut * 20)
    await sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name = 'cut'
    `.execute(db)
  }
  await writing
  await untilEffects(db, 300)
  await Promise.all([first, second].map(stop))
  expect(await sortedEffects(db)).toEqual(upTo(300))
})
