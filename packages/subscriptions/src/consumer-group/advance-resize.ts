import { type Kysely, sql } from 'kysely'
import { type GroupDatabase, type GroupSchemas, ofGroup } from './group-query.ts'
import type { GroupKey, GroupView } from './group-store.ts'
import { makeMembers, readMembers } from './member-leases.ts'
import { resizeStep } from './resize-step.ts'

type GroupState = Pick<GroupView, 'size' | 'resizeTo' | 'barrier'>

/** Takes a resize one step on, if there is one and everybody is ready for it. */
export async function advanceResize(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  schemas: GroupSchemas,
): Promise<GroupState> {
  const group = await readGroup(trx, key)
  const step = resizeStep({ ...group, members: await readMembers(trx, key) })
  if (step === 'set barrier') await setBarrier(trx, key, { ...group, schemas })
  if (step === 'change size') await changeSize(trx, key, group)
  return step === 'none' ? group : await readGroup(trx, key)
}

async function readGroup(trx: Kysely<GroupDatabase>, key: GroupKey): Promise<GroupState> {
  const group = await trx
    .selectFrom('consumer_group')
    .select(['size', 'resize_to', sql<string | null>`barrier::text`.as('barrier')])
    .where(ofGroup(key))
    .executeTakeFirstOrThrow()
  return {
    size: group.size,
    resizeTo: group.resize_to ?? undefined,
    barrier: group.barrier === null ? undefined : BigInt(group.barrier),
  }
}

/**
 * Nobody works on any member now, and a process that still believes so is fenced here. So no place
 * moves, and the barrier is at or above all of them. It is at or above all messages that can be seen
 * too: what comes later in this category is above it.
 */
async function setBarrier(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  { size, schemas }: GroupState & { readonly schemas: GroupSchemas },
): Promise<void> {
  // In order, as a switch of projections holds them.
  await trx
    .selectFrom('checkpoint')
    .select('group_member')
    .where(ofGroup(key))
    .where('group_size', '=', size)
    .orderBy('group_member')
    .forNoKeyUpdate()
    .execute()
  const fenced = await trx
    .updateTable('checkpoint')
    .set({ epoch: sql`epoch + 1` })
    .where(ofGroup(key))
    .where('group_size', '=', size)
    .returning(sql<string | null>`position::text`.as('position'))
    .execute()
  const head = await readHead(trx, key, schemas)
  const barrier = fenced
    // null: claimed, and nothing handled yet
    .map(({ position }) => BigInt(position ?? 0))
    .reduce((highest, position) => (position > highest ? position : highest), head)
  await trx
    .updateTable('consumer_group')
    .set({ barrier: String(barrier) })
    .where(ofGroup(key))
    .execute()
}

async function readHead(
  trx: Kysely<GroupDatabase>,
  { source }: GroupKey,
  { messageStore }: GroupSchemas,
): Promise<bigint> {
  const { rows } = await sql<{ head: string }>`
    select global_position::text as head from ${sql.id(messageStore, 'messages')}
    where ${sql.id(messageStore, 'category')}(stream_name) = ${source}
    order by global_position desc limit 1
  `.execute(trx)
  return BigInt(rows[0]?.head ?? 0)
}

/** The old members have handled all up to the barrier: the new ones begin after it. */
async function changeSize(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  { resizeTo, barrier }: GroupState,
): Promise<void> {
  const size = resizeTo as number
  const position = String(barrier)
  await trx
    .updateTable('checkpoint')
    .set({ released_at: sql<string>`clock_timestamp()` })
    .where(ofGroup(key))
    .where('group_size', '>', 0)
    .execute()
  await trx
    .insertInto('checkpoint')
    .values(
      Array.from({ length: size }, (_, member) => ({
        subscription_id: key.subscriptionId,
        source: key.source,
        group_member: member,
        group_size: size,
        position,
      })),
    )
    .onConflict((conflict) =>
      conflict.columns(['subscription_id', 'source', 'group_size', 'group_member']).doUpdateSet({
        position: sql`excluded.position`,
        epoch: sql`checkpoint.epoch + 1`,
        updated_at: sql`now()`,
      }),
    )
    .execute()
  await trx.deleteFrom('consumer_group_member').where(ofGroup(key)).execute()
  await trx
    .updateTable('consumer_group')
    .set({ size, resize_to: null, barrier: null })
    .where(ofGroup(key))
    .execute()
  await makeMembers(trx, key, size)
}
