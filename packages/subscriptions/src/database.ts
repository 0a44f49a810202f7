import type { ColumnType, Generated } from 'kysely'

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
   * The position of the last message handled. An int8 column: node-postgres reads it as a string,
   * PGlite as a number or a bigint.
   */
  position: ColumnType<string | number | bigint>
  updated_at: ColumnType<Date, string | undefined, string>
}

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
}
