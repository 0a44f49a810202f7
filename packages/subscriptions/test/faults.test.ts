import { subscribe, tableCheckpoints } from '@mdb/subscriptions'
import { planFaults, type FaultName } from '@mdb/testing'
import { messageStoreTest } from '@mdb/testing/vitest'
import { expect } from 'vitest'
import { type EffectDatabase, effects, installEffects, upTo } from './support/effects.ts'
import { recordEvents } from './support/events.ts'
import { type Counted, writeNumbers } from './support/numbers.ts'

const test = messageStoreTest<EffectDatabase>({ backend: 'embedded' })
const FAULTS: readonly FaultName[] = [
  'crash before commit',
  'commit unacknowledged',
  'connection lost',
]

for (const transactional of ['message', 'page'] as const) {
  for (const seed of [1, 2]) {
    test(`effects are exactly once, a transaction per ${transactional}, whatever fails (seed ${seed})`, async ({
      database,
      db,
      store,
    }) => {
      await installEffects(db)
      await writeNumbers(store, 'airport-SEA', 1, 40)
      const faults = planFaults({
        seed,
        faults: FAULTS.map((fault) => ({ fault, chance: 0.4, times: 3 })),
      })
      const unsteady = database.connect({ faults })
      const events = recordEvents()
      const subscription = subscribe(store.using(unsteady), {
        id: 'delays',
        source: { category: 'airport' },
        transactional,
        checkpoints: tableCheckpoints(unsteady),
        batchSize: 5,
        reconnect: { min: 1, max: 5 },
        observer: events.observer,
        async handler({ data }: Counted, { trx }) {
          await trx.insertInto('effect').values({ n: data.n, by: 'one' }).execute()
        },
      })
      const run = subscription.run()
      await events.next('live')
      await subscription.stop()
      await run
      expect(faults.struck.length).toBeGreaterThan(2)
      // A rolled back row leaves a place that a later one may take: their order says nothing.
      expect((await effects(db)).toSorted((a, b) => a - b)).toEqual(upTo(40))
      expect(subscription.position).toBe(40n)
    })
  }
}
