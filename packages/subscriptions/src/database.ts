import type { ColumnType, Generated } from 'kysely'
import type {
  ConsumerGroupMemberTable,
  ConsumerGroupProcessTable,
  ConsumerGroupTable,
} from './consumer-group/group-tables.ts'

/** A row of `mdb.checkpoint`: where one subscription, or one member of a group, is. */
export interface CheckpointTable {
  subscription_id: string
  /** The stream name or the category that is read. */
  source: string
  /** 0 without a group. */
  group_member: Generated<number>
  /** 0 without a group. */
  group_size: Generated<number>
  /**
   * The position of the last message handled; null when the key was claimed and nothing is handled
   * yet, -1 when it is to go on at the very beginning. An int8 column: node-postgres reads it as a string, PGlite as a number or a bigint.
   */
  position: Int8OrNull
  updated_at: ColumnType<Date, string | undefined, string>
  /** Counts the claims. Only the last of them may move the position. */
  epoch: ColumnType<string | number | bigint, string | undefined, string>
  /** Who claimed it last, as `host:pid`; null when nobody did. */
  owner: ColumnType<string | null, string | null | undefined, string | null>
  claimed_at: ColumnType<Date | null, string | null | undefined, string | null>
  /** The id of the subscription that took its place, by `switchProjection`; null while it is in use. */
  retired_by: ColumnType<string | null, string | null | undefined, string | null>
  /** When the run that claimed it ended; null while it runs, and when it was killed. */
  released_at: ColumnType<Date | null, string | null | undefined, string | null>
  /** The number of the pause, by `pauseSubscription`, at which its run stands or stood. */
  acknowledged_pause: Int8OrNull
  /** The number of the seek that moved it last; what was begun before that one cannot be saved. */
  seeks: ColumnType<string | number | bigint, string | undefined, string>
}

/** A row of `mdb.subscription_control`: what an operator has asked of a subscription. */
export interface SubscriptionControlTable {
  subscription_id: string
  /** The stream name or the category that is read. */
  source: string
  /** Counts the pauses: the number of the last one. */
  pauses: ColumnType<string | number | bigint, string | undefined, string>
  /** Since when it is to pause; null when it is not. */
  paused_at: ColumnType<Date | null, string | null | undefined, string | null>
  /** Counts the seeks: the number of the last one. */
  seeks: ColumnType<string | number | bigint, string | undefined, string>
}

/** A row of `mdb.parked_message`: a message that was set aside, or queues behind one that was. */
export interface ParkedMessageTable {
  subscription_id: string
  /** The stream name or the category that is read. */
  source: string
  stream_name: string
  /** Joins it to `message_store.messages`, where its data are. */
  global_position: Int8
  /** Its position in the stream. */
  position: Int8
  message_id: string
  message_type: string
  /** How often the handler was tried, replays included; 0 for one that queues behind another. */
  attempts: number
  /** The last error, as `Error: no such airport`; null for one that queues. */
  error: ColumnType<string | null, string | null | undefined, string | null>
  error_stack: ColumnType<string | null, string | null | undefined, string | null>
  parked_at: ColumnType<Date, string | undefined, string>
  /** When a replay last failed; null when none did. */
  tried_at: ColumnType<Date | null, string | null | undefined, string | null>
}

type Int8 = ColumnType<string | number | bigint>
type Int8OrNull = ColumnType<
  string | number | bigint | null,
  string | number | bigint | null | undefined,
  string | number | bigint | null
>

/**
 * What this package adds to the database, for Kysely.
 *
 * @example
 * ```ts
 * import type { MessageStoreDatabase } from '@mdb/core'
 * import type { SubscriptionsDatabase } from '@mdb/subscriptions'
 *
 * interface Database extends MessageStoreDatabase, SubscriptionsDatabase {}
 * ```
 */
export interface SubscriptionsDatabase {
  'mdb.checkpoint': CheckpointTable
  'mdb.consumer_group': ConsumerGroupTable
  'mdb.consumer_group_member': ConsumerGroupMemberTable
  'mdb.consumer_group_process': ConsumerGroupProcessTable
  'mdb.parked_message': ParkedMessageTable
  'mdb.subscription_control': SubscriptionControlTable
}
