import { type Kysely, sql } from 'kysely'
import { onTable } from '../checkpoints/checkpoint-table.ts'
import { readControls } from '../control/table-control.ts'
import { type GroupDatabase, ofGroup } from './group-query.ts'

/** Which group to read. */
export interface ReadConsumerGroupOptions {
  /** The `id` of the subscription. */
  readonly id: string
  /** The category that it reads. */
  readonly category: string
  /** The schema of the tables. Default is `mdb`. */
  readonly schema?: string | undefined
}

/** A member, and who works on it. */
export interface ConsumerGroupMemberState {
  readonly member: number
  /** The process that holds its lease, as `host:pid:uuid` or its `processName:uuid`; undefined when nobody does. */
  readonly owner: string | undefined
  /** Counts the claims. */
  readonly epoch: bigint
  /** How far it is, as saved; undefined when nothing is. */
  readonly position: bigint | undefined
  /** Whether its run has said that it stands at the pause of `pauseSubscription`. */
  readonly isPaused: boolean
}

/** An elastic group, as its tables say. */
export interface ConsumerGroupState {
  readonly size: number
  /** The size that it is being resized to. */
  readonly resizeTo: number | undefined
  /** While it is resized: the position that the members run up to. */
  readonly barrier: bigint | undefined
  /** Whether it was paused with `pauseSubscription`: its members stand, or are about to. */
  readonly isPaused: boolean
  /** The processes that live, those that stand by too. */
  readonly processes: readonly string[]
  readonly members: readonly ConsumerGroupMemberState[]
}

/**
 * Says who works on what in an elastic group, from any process.
 *
 * @example
 * ```ts
 * import { readConsumerGroup } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { startPGlite } from '@mdb/testing/pglite'
 *
 * await using server = await startPGlite()
 * const { db } = await server.createDatabase()
 * await installCheckpoints(db)
 * console.log(await readConsumerGroup(db, { id: 'delays', category: 'airport' })) // undefined
 * ```
 *
 * @returns the group; undefined when no elastic subscription with this id has run on the category.
 */
export async function readConsumerGroup<DB>(
  db: Kysely<DB>,
  { id, category, schema = 'mdb' }: ReadConsumerGroupOptions,
): Promise<ConsumerGroupState | undefined> {
  const own = (db as unknown as Kysely<GroupDatabase>).withoutPlugins().withSchema(schema)
  const key = { subscriptionId: id, source: category }
  const group = await own
    .selectFrom('consumer_group')
    .select(['size', 'resize_to', sql<string | null>`barrier::text`.as('barrier')])
    .where(ofGroup(key))
    .executeTakeFirst()
  if (group === undefined) return undefined
  const control = (await readControls(onTable(db, schema), [id])).find(
    ({ source }) => source === category,
  )
  const pause = control?.isPaused === true ? control.pauses : undefined
  const members = await own
    .selectFrom('consumer_group_member as member')
    .leftJoin('checkpoint', (join) =>
      join
        .onRef('checkpoint.subscription_id', '=', 'member.subscription_id')
        .onRef('checkpoint.source', '=', 'member.source')
        .onRef('checkpoint.group_member', '=', 'member.member')
        .on('checkpoint.group_size', '=', group.size),
    )
    .select([
      'member.member',
      sql<string>`member.epoch::text`.as('epoch'),
      sql<string | null>`checkpoint.position::text`.as('position'),
      sql<string | null>`checkpoint.acknowledged_pause::text`.as('acknowledged'),
      sql<string | null>`case when member.expires_at > clock_timestamp() then member.owner end`.as(
        'owner',
      ),
    ])
    .where('member.subscription_id', '=', id)
    .where('member.source', '=', category)
    .orderBy('member.member')
    .execute()
  const processes = await own
    .selectFrom('consumer_group_process')
    .select('process_id')
    .where(ofGroup(key))
    .where('expires_at', '>', sql<Date>`clock_timestamp()`)
    .orderBy('process_id')
    .execute()
  return {
    size: group.size,
    resizeTo: group.resize_to ?? undefined,
    barrier: bigintOf(group.barrier),
    isPaused: pause !== undefined,
    processes: processes.map(({ process_id }) => process_id),
    members: members.map(({ member, owner, epoch, position, acknowledged }) => ({
      member,
      owner: owner ?? undefined,
      epoch: BigInt(epoch),
      position: bigintOf(position),
      isPaused: owner !== null && pause !== undefined && acknowledged === pause,
    })),
  }
}

function bigintOf(text: string | null): bigint | undefined {
  return text === null ? undefined : BigInt(text)
}
