import type { MessageStoreDatabase } from '@mdb/core'
import type { SubscriptionsDatabase } from '@mdb/subscriptions'
import type { ColumnType, Generated } from 'kysely'
import type { Airport } from './airports.ts'

/** What the consumer group projects: one row per airport. */
interface AirportDelayTable {
  airport: string
  arrivals: number
  late_arrivals: number
  delay_minutes: number
}

/** What the consumer of the alerts counts: one row per airport. */
interface AirportAlertTable {
  airport: string
  alerts: number
  longest_delay: number
}

/** Airports whose handler shall throw, in all processes: so that one sees messages being parked. */
interface BrokenAirportTable {
  code: string
}

/** What was parked and then discarded: the totals lack it, and say so. */
interface DiscardedMessageTable {
  subscription_id: string
  global_position: ColumnType<string | number | bigint>
}

/** How fast the flights are written, as it was chosen last: a table of one row. */
interface ReplaySpeedTable {
  is_only: Generated<boolean>
  flights_per_second: number
}

/** The app's own tables beside those of Message DB and of the checkpoints: one Kysely for all. */
export interface Database extends MessageStoreDatabase, SubscriptionsDatabase {
  airport: Airport
  airport_delay: AirportDelayTable
  airport_alert: AirportAlertTable
  broken_airport: BrokenAirportTable
  discarded_message: DiscardedMessageTable
  replay_speed: ReplaySpeedTable
}
