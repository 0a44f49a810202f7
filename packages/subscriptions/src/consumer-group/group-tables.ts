import type { ColumnType, Generated } from 'kysely'

type Int8Column = ColumnType<string | number | bigint, string | undefined, string>
type Timestamp = ColumnType<Date, string | undefined, string>

/** A row of `mdb.consumer_group`: a group whose members are claimed by lease. */
export interface ConsumerGroupTable {
  subscription_id: string
  /** The category that is read. */
  source: string
  /** How many members the group has now. */
  size: number
  /** The size that it is being resized to; null when it is not. */
  resize_to: number | null
  /** While it is resized: the global position that the old members run up to. */
  barrier: ColumnType<string | number | bigint | null, string | null | undefined, string | null>
}

/** A row of `mdb.consumer_group_member`: who holds the lease on a member, and until when. */
export interface ConsumerGroupMemberTable {
  subscription_id: string
  source: string
  member: number
  /** The process that holds the lease; null when nobody does. */
  owner: ColumnType<string | null, string | null | undefined, string | null>
  /** Counts the claims. The checkpoint of the member carries it too, and fences older ones. */
  epoch: Int8Column
  expires_at: ColumnType<Date | null, string | null | undefined, string | null>
  /** `done`: while the group is resized, the member has reached the barrier. */
  state: Generated<'open' | 'done'>
}

/** A row of `mdb.consumer_group_process`: a process that takes part, alive until it expires. */
export interface ConsumerGroupProcessTable {
  subscription_id: string
  source: string
  process_id: string
  expires_at: Timestamp
}

/** The tables of elastic groups, by their names in the schema. */
export interface GroupTables {
  consumer_group: ConsumerGroupTable
  consumer_group_member: ConsumerGroupMemberTable
  consumer_group_process: ConsumerGroupProcessTable
}
