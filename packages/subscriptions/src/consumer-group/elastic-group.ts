import type { ConsumerGroup } from '@mdb/core'

/**
 * A group whose members are shared out by lease: as many processes as you like run the same
 * subscription, each works on its share of the members, and takes over those of a process that dies.
 */
export interface ElasticGroup {
  /**
   * How many members there are: the most processes that can work at once. From 1 to 32,767. It is
   * what the group is made with; later it is changed with `resizeConsumerGroup`.
   */
  readonly size: number
  readonly member?: undefined
  /**
   * Milliseconds without a heartbeat after which other processes take a process's members over. 100
   * or more, default 10,000.
   */
  readonly lease?: number | undefined
  /** Milliseconds between heartbeats. 1 or more, and less than half the lease. Default is a third of it. */
  readonly heartbeat?: number | undefined
  /**
   * What `readConsumerGroup` calls this process, before a uuid of this run: a pod's name, say. At most 200
   * characters. Default is `host:pid`.
   */
  readonly processName?: string | undefined
}

/** The member that is read, if there is exactly one. */
export function staticGroup(
  group: ConsumerGroup | ElasticGroup | undefined,
): ConsumerGroup | undefined {
  return group?.member === undefined ? undefined : group
}

/** Whether members are shared out by lease. */
export function isElastic(group: ConsumerGroup | ElasticGroup | undefined): group is ElasticGroup {
  return group !== undefined && group.member === undefined
}
