import type { MessageStore } from '@mdb/core'
import {
  exponentialBackoff,
  retryThenPark,
  tableCheckpoints,
  type CategorySourceOptions,
  type TransactionalPageOptions,
} from '@mdb/subscriptions'
import { countAlerts } from './count-alerts.ts'
import type { Database } from './database.ts'
import { airportCategory, type FlightMessage } from './flight-messages.ts'
import { projectDelays } from './project-delays.ts'
import { alertCategory, type DelayAlertRaised } from './raise-alert.ts'

/**
 * How many members the group is made with; from then on its table says how many it has. A member of a
 * process that dies is taken over when the lease is over: short here, so that one need not wait.
 */
const group = { size: 4, lease: 5_000, heartbeat: 1_200 }

export const delays = {
  id: 'delays',
  source: { category: airportCategory, consumerGroup: group },
} satisfies { id: string; source: CategorySourceOptions }

/** Reads the alerts that answer to airports; other alerts could be in the category as well. */
export const alertCounts = {
  id: 'alert-counts',
  source: {
    category: alertCategory,
    correlation: airportCategory,
    consumerGroup: { ...group, size: 1 },
  },
} satisfies { id: string; source: CategorySourceOptions }

/** The consumer group: each member handles the airports that fall to it, whichever process has it. */
export function delaysOptions(
  store: MessageStore<Database>,
  processName?: string,
): TransactionalPageOptions<FlightMessage, Database> {
  return {
    ...delays,
    source: { ...delays.source, consumerGroup: { ...group, processName } },
    ...common(store),
    eachPage: projectDelays,
  }
}

/** A group of one: all processes run it, and one of them has the lease. */
export function alertCountsOptions(
  store: MessageStore<Database>,
  processName?: string,
): TransactionalPageOptions<DelayAlertRaised, Database> {
  const { consumerGroup } = alertCounts.source
  return {
    ...alertCounts,
    source: { ...alertCounts.source, consumerGroup: { ...consumerGroup, processName } },
    ...common(store),
    eachPage: countAlerts,
  }
}

/** What a message does, and that it is done, are one transaction: of a page of them, for speed. */
function common(store: MessageStore<Database>) {
  return {
    transactional: 'page',
    batchSize: 50,
    checkpoints: tableCheckpoints(store.db),
    polling: exponentialBackoff({ min: 20, max: 300 }),
    failure: retryThenPark({ attempts: 3, min: 50, max: 500 }),
  } as const
}
