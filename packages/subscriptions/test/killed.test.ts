import { createMessageStore } from '@mdb/core'
import { subscribe, tableCheckpoints } from '@mdb/subscriptions'
import { messageStoreTest } from '@mdb/testing/vitest'
import type { Kysely } from 'kysely'
import { describe, expect } from 'vitest'
import { startConsumer } from './support/child.ts'
import { type EffectDatabase, effects, effectsBy, installEffects, upTo } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { lossyProxy } from './support/lossy-proxy.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

// Processes that die, or stand still, at the worst moments. Lost: 0. Twice: 0.

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })

/** Goes on with what is left, in this process, until it has caught up. */
async function finish(
  db: Kysely<EffectDatabase>,
  transactional: 'message' | 'page',
): Promise<void> {
  const events = recordEvents()
  const subscription = subscribe(createMessageStore(db), {
    id: 'delays',
    source: { category: 'airport' },
    transactional,
    checkpoints: tableCheckpoints(db),
    ...events,
    handler: async ({ data }: Counted, { trx }) =>
      trx.insertInto('effect').values({ n: data.n, by: 'next' }).execute(),
  })
  const run = subscription.run()
  await events.next('live')
  await subscription.stop()
  await run
}

for (const transactional of ['message', 'page'] as const) {
  describe(`a transaction per ${transactional}`, () => {
    test('killed between the write and the commit', async ({ database, db, store }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 12)
      for (const at of [1, 5, 8]) {
        await using child = startConsumer(
          database.connectionString!,
          'killed',
          transactional,
          `${at}`,
        )
        await child.until(`wrote ${at}`)
        child.kill('SIGKILL')
        await child.exited
        const done = transactional === 'page' ? at - ((at - 1) % 5) - 1 : at - 1
        await expect.poll(() => effects(db)).toEqual(upTo(done))
      }
      await finish(db, transactional)
      expect(await effects(db)).toEqual(upTo(12))
    })

    test('killed after the commit, before its answer', async ({ database, db, store }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 12)
      await using proxy = await lossyProxy(database.connectionString!)
      const committed = proxy.loseNextCommit()
      await using child = startConsumer(proxy.connectionString, 'killed', transactional)
      await committed
      child.kill('SIGKILL')
      await child.exited
      const before = await effects(db)
      expect(before.length).toBeGreaterThan(0)
      await finish(db, transactional)
      expect(await effects(db)).toEqual(upTo(12))
    })

    test('stopped past a takeover, and woken: fenced, and its writes are gone', async ({
      database,
      db,
      store,
    }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 12)
      await using child = startConsumer(database.connectionString!, 'stopped', transactional)
      await child.until('live')
      child.kill('SIGSTOP')
      await finish(db, transactional)
      await writeNumbers(store, 'airport-SEA', 13, 15)
      child.kill('SIGCONT')
      await child.until('ended fenced')
      await finish(db, transactional)
      expect(await effectsBy(db, 'stopped')).toEqual(upTo(12))
      expect(await effectsBy(db, 'next')).toEqual(upTo(15, 13))
    })

    test('stopped in its transaction: the server ends it, and it is fenced when it wakes', async ({
      database,
      db,
      store,
    }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 12)
      await using child = startConsumer(
        database.connectionString!,
        'stopped',
        transactional,
        '8',
        '500',
      )
      await child.until('wrote 8')
      child.kill('SIGSTOP')
      await finish(db, transactional)
      child.kill('SIGCONT')
      await child.until('ended fenced')
      const kept = transactional === 'page' ? 5 : 7
      expect(await effectsBy(db, 'stopped')).toEqual(upTo(kept))
      expect(await effectsBy(db, 'next')).toEqual(upTo(12, kept + 1))
    })
  })
}
