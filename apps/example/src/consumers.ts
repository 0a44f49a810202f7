import type { MessageStore } from '@mdb/core'
import { tableCheckpoints } from '@mdb/subscriptions'
import { countAlerts } from './count-alerts.ts'
import type { Database } from './database.ts'
import { airportCategory, type FlightMessage } from './flight-messages.ts'
import { projectDelays } from './project-delays.ts'
import { alertCategory, type DelayAlertRaised } from './raise-alert.ts'
import type { Consumer } from './run-until-live.ts'

const size = 4

/**
 * The consumer group: each member handles the airports that fall to it and keeps its own checkpoint.
 * Here they run in one process; with PostgreSQL each could have its own.
 */
export function delayConsumers(store: MessageStore<Database>): Consumer<FlightMessage>[] {
  return Array.from({ length: size }, (_, member) => ({
    id: 'delays',
    source: { category: airportCategory, consumerGroup: { member, size } },
    checkpoints: tableCheckpoints(store.db),
    handler: projectDelays(store),
  }))
}

/** Reads the alerts that answer to airports; other alerts could be in the category as well. */
export function alertConsumer(store: MessageStore<Database>): Consumer<DelayAlertRaised> {
  return {
    id: 'alert-counts',
    source: { category: alertCategory, correlation: airportCategory },
    checkpoints: tableCheckpoints(store.db),
    handler: countAlerts(store),
  }
}
