import type { ConsumerGroup } from '@mdb/core'
import { type Kysely, sql } from 'kysely'
import {
  type CheckpointDatabase,
  KEY_COLUMNS,
  onTable,
  toPosition,
} from '../checkpoints/checkpoint-table.ts'
import { type GroupDatabase, ofGroup } from '../consumer-group/group-query.ts'
import { GroupResizingError, InvalidOptionError, SubscriptionRetiredError } from '../errors.ts'
import type { ControlKey } from './control-store.ts'

export interface Move {
  readonly schema: string
  readonly key: ControlKey
  /** Of the group, as asked for; an elastic one has the size that its table says. */
  readonly size: number | undefined
  /** Milliseconds to wait for a lock; undefined in a transaction of the caller, whose settings hold. */
  readonly timeout: number | undefined
  /** The position before the first to read; -1 before that of a stream. */
  readonly to: bigint
}

interface Before {
  readonly consumerGroup: ConsumerGroup | undefined
  readonly before: bigint | undefined
}

/**
 * Moves all checkpoints of a subscription in a transaction. The number of the seek comes first, so
 * that seeks go one after the other; then the checkpoints, each of which waits for the transaction
 * that holds it. The group comes last, and shortly: heartbeats need it.
 */
export async function moveCheckpoints<DB>(
  trx: Kysely<DB>,
  { schema, key, size, timeout, to }: Move,
): Promise<readonly Before[]> {
  const table = onTable(trx, schema)
  const own = (trx as unknown as Kysely<GroupDatabase>).withoutPlugins().withSchema(schema)
  if (timeout !== undefined) await bound(table, timeout)
  const { seeks } = await table
    .insertInto('subscription_control')
    .values({ subscription_id: key.subscriptionId, source: key.source, seeks: '1' })
    .onConflict((conflict) =>
      conflict
        .columns(['subscription_id', 'source'])
        .doUpdateSet({ seeks: sql`subscription_control.seeks + 1` }),
    )
    .returning(sql<string>`seeks::text`.as('seeks'))
    .executeTakeFirstOrThrow()

  const readGroup = own
    .selectFrom('consumer_group')
    .select(['size', 'resize_to'])
    .where(ofGroup(key))
  const group = await readGroup.executeTakeFirst()
  const rows = await table
    .selectFrom('checkpoint')
    .select([
      'group_member',
      'group_size',
      'retired_by',
      sql<string | null>`position::text`.as('position'),
    ])
    .where('subscription_id', '=', key.subscriptionId)
    .where('source', '=', key.source)
    .orderBy('group_size')
    .orderBy('group_member')
    .forNoKeyUpdate()
    .execute()
  const retiredBy = rows.find(({ retired_by }) => retired_by !== null)?.retired_by
  if (typeof retiredBy === 'string')
    throw new SubscriptionRetiredError(key.subscriptionId, retiredBy)

  const wanted = group?.size ?? size ?? 0
  requireGroup(
    rows.map(({ group_size }) => group_size),
    wanted,
  )
  const members = wanted === 0 ? [0] : Array.from({ length: wanted }, (_, member) => member)
  await table
    .insertInto('checkpoint')
    .values(
      members.map((member) => ({
        subscription_id: key.subscriptionId,
        source: key.source,
        group_member: member,
        group_size: wanted,
        position: String(to),
        seeks,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns([...KEY_COLUMNS]).doUpdateSet({
        position: sql`excluded.position`,
        seeks: sql`excluded.seeks`,
        updated_at: sql`now()`,
      }),
    )
    .execute()

  const now = await readGroup.forShare().executeTakeFirst()
  // Resized, or made, since it was read first.
  const resizeTo = now?.resize_to ?? (now?.size === wanted ? undefined : now?.size)
  if (resizeTo !== undefined) {
    throw new GroupResizingError(key.subscriptionId, key.source, resizeTo)
  }
  return members.map((member) => {
    const row = rows.find((each) => each.group_size === wanted && each.group_member === member)
    return {
      consumerGroup: wanted === 0 ? undefined : { member, size: wanted },
      before: toPosition(row?.position),
    }
  })
}

/** A process that stands still in the middle would hold up all that it moves. */
async function bound(trx: Kysely<CheckpointDatabase>, timeout: number): Promise<void> {
  await sql`
    select
      set_config('idle_in_transaction_session_timeout', '2000', true),
      set_config('lock_timeout', ${String(Math.ceil(timeout))}, true)
  `.execute(trx)
}

/** Refuses to move what nobody reads, when it was run as a group of another size, or as none. */
function requireGroup(sizes: readonly number[], wanted: number): void {
  if (sizes.length === 0 || sizes.includes(wanted)) return
  const known = [...new Set(sizes)].map((size) => (size === 0 ? 'none' : `{ size: ${size} }`))
  const expectation = `must be as the subscription has run: ${known.join(' or ')}`
  throw new InvalidOptionError('source.consumerGroup', { size: wanted }, expectation)
}
