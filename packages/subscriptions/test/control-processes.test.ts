import {
  pauseSubscription,
  readConsumerGroup,
  resumeSubscription,
  seekSubscription,
} from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { type Kysely, sql } from 'kysely'
import { describe, expect } from 'vitest'
import { type Consumer, startControlled } from './support/child.ts'
import { type EffectDatabase, effects, installEffects, upTo } from './support/effects.ts'
import { writeNumbers } from './support/numbers.ts'

// Subscriptions in processes of their own, paused and moved from this one.

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const delays = { id: 'delays', source: { category: 'airport' } }
const group = { id: 'delays', category: 'airport' }
const SIZE = 4

async function writeSpread(
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

async function sorted(db: Kysely<EffectDatabase>): Promise<number[]> {
  return (await effects(db)).toSorted((a, b) => a - b)
}

async function stop(process: Consumer): Promise<void> {
  process.kill('SIGTERM')
  await process.exited
  expect(process.lines.at(-1)).toBe('ended stopped')
}

/** Each process has looked again, so many times: what was to be heard, it has heard. */
async function untilHeartbeats(db: Kysely<EffectDatabase>, times: number): Promise<void> {
  for (let beat = 0; beat < times; beat += 1) {
    const expiries = async (): Promise<string[]> => {
      const { rows } = await sql<{ at: string }>`
        select expires_at::text as at from mdb.consumer_group_process order by process_id
      `.execute(db)
      return rows.map(({ at }) => at)
    }
    const before = await expiries()
    while ((await expiries()).some((at) => before.includes(at)));
  }
}

describe.each(['message', 'page', 'at least once'])('a group of processes, %s', (mode) => {
  test('paused under load, nothing is handled; resumed, all is, once', async ({
    database,
    db,
    store,
  }) => {
    await installEffects(db)
    const args = [mode, `${SIZE}`]
    await using one = startControlled(database.connectionString!, 'one', ...args)
    await using two = startControlled(database.connectionString!, 'two', ...args)
    await Promise.all([one, two].map((each) => each.until('live')))
    let written = 0
    for (let round = 0; round < 2; round += 1) {
      const writing = writeSpread(store, written + 1, written + 80)
      written += 80
      await untilEffects(db, written - 60)

      const members = await pauseSubscription(db, delays)
      const handled = await effects(db)
      expect(members.map(({ state }) => state)).toEqual(
        Array.from({ length: SIZE }, () => 'paused'),
      )
      await writing
      await untilHeartbeats(db, 2)
      expect(await effects(db)).toEqual(handled)
      const state = await readConsumerGroup(db, group)
      expect(state?.isPaused).toBe(true)
      // they keep what they hold
      expect(state?.members.every(({ owner, isPaused }) => owner !== undefined && isPaused)).toBe(
        true,
      )

      expect(await resumeSubscription(db, delays)).toEqual({ resumed: true })
      await untilEffects(db, written)
    }
    expect((await readConsumerGroup(db, group))?.isPaused).toBe(false)
    await Promise.all([one, two].map(stop))
    expect(await sorted(db)).toEqual(upTo(written))
  })
})

test.for([
  ['alone', ''],
  ['a group', `${SIZE}`],
] as const)(
  'killed while it is paused, and started again, it is still paused: %s',
  async ([, size], { database, db, store }) => {
    await installEffects(db)
    const start = (by: string): Consumer =>
      startControlled(database.connectionString!, by, 'message', size)
    await using first = start('first')
    await first.until('live')
    await pauseSubscription(db, delays)
    first.kill('SIGKILL')
    await first.exited
    await using second = start('second')
    await second.until('paused')
    await writeSpread(store, 1, 10)
    const members = await pauseSubscription(db, delays)
    expect(members.every(({ state }) => state === 'paused')).toBe(true)
    expect(second.lines.filter((line) => line.startsWith('began'))).toEqual([])
    await resumeSubscription(db, delays)
    await untilEffects(db, 10)
    await stop(second)
    expect(await sorted(db)).toEqual(upTo(10))
  },
)

test('a process that dies while others are paused: those who take over stand too', async ({
  database,
  db,
  store,
}) => {
  await installEffects(db)
  const args = ['page', `${SIZE}`]
  await using victim = startControlled(database.connectionString!, 'victim', ...args)
  await victim.until('live')
  await using heir = startControlled(database.connectionString!, 'heir', ...args)
  await heir.until('live')
  await pauseSubscription(db, delays)
  victim.kill('SIGKILL')
  await victim.exited
  await writeSpread(store, 1, 40)
  await heir.untilLines((lines) => lines.filter((line) => line === 'paused').length === SIZE)
  const members = await pauseSubscription(db, delays)
  expect(members.map(({ state }) => state)).toEqual(Array.from({ length: SIZE }, () => 'paused'))
  expect(await effects(db)).toEqual([])
  await resumeSubscription(db, delays)
  await untilEffects(db, 40)
  await stop(heir)
  expect(await sorted(db)).toEqual(upTo(40))
})

test.for(['message', 'page'])(
  'moved back under load, a group of processes does it again from there, once: per %s',
  async (mode, { database, db, store }) => {
    await installEffects(db)
    const args = [mode, `${SIZE}`]
    await using one = startControlled(database.connectionString!, 'one', ...args)
    await using two = startControlled(database.connectionString!, 'two', ...args)
    await Promise.all([one, two].map((each) => each.until('live')))
    const writing = writeSpread(store, 1, 120)
    // for a member that is behind, a seek to the middle would be one forward
    for (const [at, position] of [
      [20, 1n],
      [40, 1n],
      [120, 61n],
    ] as const) {
      await untilEffects(db, at)
      // what was done before the seek goes in the same transaction: all that is left is from after it
      await db.transaction().execute(async (trx) => {
        await seekSubscription(store.using(trx), { ...delays, position })
        await trx.deleteFrom('effect').where('n', '>=', Number(position)).execute()
      })
    }
    await writing
    await untilEffects(db, 120)
    await Promise.all([one, two].map(stop))
    expect(await sorted(db)).toEqual(upTo(120))
    const moved = [...one.lines, ...two.lines].filter((line) => line === 'moved')
    expect(moved.length).toBeGreaterThanOrEqual(SIZE)
  },
)

test('moved while it is killed: nothing of before is committed, and it begins there', async ({
  database,
  db,
  store,
}) => {
  await installEffects(db)
  await writeNumbers(store, 'airport-SEA', 1, 10)
  const locker = database.connect({ max: 1 })
  await sql`select pg_advisory_lock(4711)`.execute(locker)
  await using first = startControlled(database.connectionString!, 'first', 'message', '', '6')
  await first.until('began 6')
  const seeking = seekSubscription(store, { ...delays, position: 3n })
  // the handler at the lock, and the seek at the checkpoint
  for (let waiting = 0; waiting < 2;) {
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'
    `.execute(db)
    waiting = rows.length
  }
  first.kill('SIGKILL')
  await first.exited
  expect((await seeking).members).toEqual([{ consumerGroup: undefined, before: 5n }])
  await using second = startControlled(database.connectionString!, 'second', 'message', '')
  await untilEffects(db, 13)
  await stop(second)
  expect(await effects(db)).toEqual([...upTo(5), ...upTo(10, 3)])
})
