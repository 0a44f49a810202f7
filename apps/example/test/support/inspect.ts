import { createMessageStore } from '@mdb/core'
import { projectedTotals } from '../../src/check-totals.ts'
import type { FlightMessage } from '../../src/flight-messages.ts'
import { openDatabase } from '../../src/open-database.ts'
import type { Options } from '../../src/options.ts'
import type { DelayAlertRaised } from '../../src/raise-alert.ts'

/** All that a run left behind, read when no run is going on. */
export async function inspect(options: Options) {
  await using opened = await openDatabase(options)
  const { db } = opened
  const store = createMessageStore(db)
  const all = { batchSize: 'unlimited' } as const
  return {
    totals: await projectedTotals(db),
    flights: await store.getCategoryMessages<FlightMessage>('airport', all),
    alerts: await store.getCategoryMessages<DelayAlertRaised>('alert', all),
    checkpoints: await db
      .selectFrom('mdb.checkpoint')
      .select(['subscription_id', 'group_member', 'group_size'])
      .orderBy('subscription_id')
      .orderBy('group_member')
      .execute(),
  }
}
