import { InvalidOptionError, stopOnSignals } from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import { sql } from 'kysely'
import { expect } from 'vitest'
import { startStoppable } from './support/child.ts'
import { type EffectDatabase, effects, installEffects, upTo } from './support/effects.ts'
import { writeNumbers } from './support/numbers.ts'

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  test(`${signal}: the handler in flight finishes, its place is saved, the process ends`, async ({
    database,
    db,
    store,
  }) => {
    await installEffects(db)
    await writeNumbers(store, 'airport-SEA', 1, 5)
    await db.connection().execute(async (connection) => {
      await sql`select pg_advisory_lock(4711)`.execute(connection)
      await using child = startStoppable(database.connectionString!, 'child')
      await child.until('wrote 1')
      child.kill(signal)
      await child.until('asked to stop')
      await sql`select pg_advisory_unlock(4711)`.execute(connection)
      await child.exited
      expect(child.lines.at(-1)).toBe('ended stopped')
      expect(child.process.exitCode).toBe(0)
    })
    expect(await effects(db)).toEqual(upTo(1))
    const rows = await sql<{ at: string }>`select position::text as at from mdb.checkpoint`.execute(
      db,
    )
    expect(rows.rows).toEqual([{ at: '1' }])
  })
}

test('a second signal ends the process at once, and nothing of it is committed', async ({
  database,
  db,
  store,
}) => {
  await installEffects(db)
  await writeNumbers(store, 'airport-SEA', 1, 5)
  await db.connection().execute(async (connection) => {
    await sql`select pg_advisory_lock(4711)`.execute(connection)
    await using child = startStoppable(database.connectionString!, 'child')
    await child.until('wrote 1')
    child.kill('SIGTERM')
    await child.until('asked to stop')
    child.kill('SIGINT')
    await child.exited
    expect(child.process.signalCode).toBe('SIGINT')
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid()`.execute(connection)
  })
  expect(await effects(db)).toEqual([])
})

test('listens until it is disposed of, and to at least one signal', () => {
  const before = process.listenerCount('SIGUSR2')
  {
    using _signals = stopOnSignals([], { signals: ['SIGUSR2'] })
    expect(process.listenerCount('SIGUSR2')).toBe(before + 1)
  }
  expect(process.listenerCount('SIGUSR2')).toBe(before)
  expect(() => stopOnSignals([], { signals: [] })).toThrow(InvalidOptionError)
})
