import type { ConsumerGroup } from '@mdb/core'
import { type Kysely, sql } from 'kysely'
import { onTable, toPosition } from '../checkpoints/checkpoint-table.ts'
import { fromNow, type GroupDatabase, ofGroup } from '../consumer-group/group-query.ts'
import type { ControlKey } from './control-store.ts'

/** A subscription without a group, or a member, and what is known of its run. */
export interface ControlledMember {
  readonly consumerGroup: ConsumerGroup | undefined
  /** The position that is saved; undefined when none is. */
  readonly position: bigint | undefined
  /** Who claimed it last; of an elastic group the process that holds its lease. */
  readonly owner: string | undefined
  /** Whether a run has claimed it and has not said that it ended; of an elastic group, whether it is leased. */
  readonly isRunning: boolean
  /** The number of the pause at which its run stands or stood. */
  readonly acknowledged: bigint | undefined
}

/**
 * All that may run under a key. Of the members of an elastic group their leases tell. The checkpoints
 * come first: a lease that has ended by then was given back with the place saved.
 */
export async function readMembers(
  db: unknown,
  schema: string,
  key: ControlKey,
): Promise<ControlledMember[]> {
  const rows = await onTable(db, schema)
    .selectFrom('checkpoint')
    .select([
      'group_member',
      'group_size',
      'owner',
      sql<string | null>`position::text`.as('position'),
      sql<string | null>`acknowledged_pause::text`.as('acknowledged'),
      sql<boolean>`owner is not null and released_at is null and retired_by is null`.as(
        'isClaimed',
      ),
    ])
    .where('subscription_id', '=', key.subscriptionId)
    .where('source', '=', key.source)
    .orderBy('group_size')
    .orderBy('group_member')
    .execute()
  const { size, owners } = await readLeases(db, schema, key)
  const claimed = rows.map((row): ControlledMember => {
    const { group_member: member, group_size, isClaimed } = row
    const isLeased = group_size === size
    return {
      consumerGroup: group_size === 0 ? undefined : { member, size: group_size },
      position: toPosition(row.position),
      owner: (isLeased ? owners.get(member) : row.owner) ?? undefined,
      isRunning: isLeased ? owners.has(member) : isClaimed,
      acknowledged: toPosition(row.acknowledged),
    }
  })
  // Leased, and not claimed yet: the process is about to begin.
  const beginning = [...owners].filter(
    ([member]) => !rows.some((row) => row.group_size === size && row.group_member === member),
  )
  return [
    ...claimed,
    ...beginning.map(([member, owner]) => ({
      consumerGroup: { member, size: size ?? 0 },
      position: undefined,
      owner,
      isRunning: true,
      acknowledged: undefined,
    })),
  ]
}

interface Leases {
  /** Of the elastic group; undefined when there is none. */
  readonly size: number | undefined
  readonly owners: ReadonlyMap<number, string>
}

async function readLeases(db: unknown, schema: string, key: ControlKey): Promise<Leases> {
  const own = (db as Kysely<GroupDatabase>).withoutPlugins().withSchema(schema)
  const group = await own
    .selectFrom('consumer_group')
    .select('size')
    .where(ofGroup(key))
    .executeTakeFirst()
  if (group === undefined) return { size: undefined, owners: new Map() }
  const leases = await own
    .selectFrom('consumer_group_member')
    .select(['member', 'owner'])
    .where(ofGroup(key))
    .where('expires_at', '>', fromNow<Date>(0))
    .execute()
  const owners = leases.flatMap(({ member, owner }): Array<[number, string]> =>
    owner === null ? [] : [[member, owner]],
  )
  return { size: group.size, owners: new Map(owners) }
}
