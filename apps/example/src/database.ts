import type { MessageStoreDatabase } from '@mdb/core'
import type { SubscriptionsDatabase } from '@mdb/subscriptions'
import type { ColumnType } from 'kysely'
import type { Airport } from './airports.ts'

/** A position: bigint on the way in, and whatever the driver makes of an int8 on the way out. */
type Position = ColumnType<string | number | bigint, bigint, bigint>

/** What the consumer group projects: one row per airport. */
interface AirportDelayTable {
  airport: string
  arrivals: number
  late_arrivals: number
  delay_minutes: number
  /** Position, in the airport's stream, of the last message that is counted here. */
  position: Position
}

/** What the consumer of the alerts counts: one row per airport. */
interface AirportAlertTable {
  airport: string
  alerts: number
  longest_delay: number
  /** Global position of the last alert that is counted here. */
  global_position: Position
}

/** The app's own tables beside those of Message DB and of the checkpoints: one Kysely for all. */
export interface Database extends MessageStoreDatabase, SubscriptionsDatabase {
  airport: Airport
  airport_delay: AirportDelayTable
  airport_alert: AirportAlertTable
}
