import { type Kysely, sql } from 'kysely'
import type { MemberLease } from './balance.ts'
import { fromNow, type GroupDatabase, ofGroup } from './group-query.ts'
import type { GroupKey, Heartbeat, HeldMember } from './group-store.ts'

/** Makes the group if it is not there, and holds its row to the end of the transaction. */
export async function lockGroup(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  size: number,
): Promise<void> {
  const locked = trx.selectFrom('consumer_group').select('size').where(ofGroup(key)).forUpdate()
  if ((await locked.executeTakeFirst()) !== undefined) return
  const made = await trx
    .insertInto('consumer_group')
    .values({ subscription_id: key.subscriptionId, source: key.source, size })
    .onConflict((conflict) => conflict.doNothing())
    .returning('size')
    .executeTakeFirst()
  if (made === undefined) await locked.executeTakeFirstOrThrow()
  else await makeMembers(trx, key, size)
}

export async function makeMembers(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  size: number,
): Promise<void> {
  const members = Array.from({ length: size }, (_, member) => ({
    subscription_id: key.subscriptionId,
    source: key.source,
    member,
  }))
  await trx.insertInto('consumer_group_member').values(members).execute()
}

/** The members in order; a lease that has run out has no owner. */
export async function readMembers(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
): Promise<Array<MemberLease & HeldMember>> {
  const rows = await trx
    .selectFrom('consumer_group_member')
    .select(['member', 'owner', 'state', sql<string>`epoch::text`.as('epoch')])
    .where(ofGroup(key))
    .orderBy('member')
    .execute()
  return rows.map(({ member, owner, state, epoch }) => ({
    member,
    owner: owner ?? undefined,
    done: state === 'done',
    epoch: BigInt(epoch),
  }))
}

/** Renews what the process still holds, ends what it gives back, and frees what has run out. */
export async function endLeases(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  { processId, lease, released, done }: Heartbeat,
): Promise<void> {
  for (const held of released) {
    const state = done.some(({ member }) => member === held.member) ? 'done' : 'open'
    await trx
      .updateTable('consumer_group_member')
      .set({ owner: null, expires_at: null, state })
      .where(ofGroup(key))
      .where('owner', '=', processId)
      .where('member', '=', held.member)
      .where('epoch', '=', String(held.epoch))
      .execute()
  }
  await trx
    .updateTable('consumer_group_member')
    .set({ expires_at: fromNow(lease) })
    .where(ofGroup(key))
    .where('owner', '=', processId)
    .execute()
  await trx
    .updateTable('consumer_group_member')
    .set({ owner: null, expires_at: null })
    .where(ofGroup(key))
    .where('expires_at', '<', fromNow<Date>(0))
    .execute()
}

/** Each claim is an epoch of its own, above that of any checkpoint of the member. */
export async function claimMembers(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  { members, heartbeat }: { readonly members: readonly number[]; readonly heartbeat: Heartbeat },
): Promise<void> {
  if (members.length === 0) return
  await trx
    .updateTable('consumer_group_member as member')
    .set((eb) => {
      const saved = eb
        .selectFrom('checkpoint')
        .innerJoin('consumer_group', (join) =>
          join
            .onRef('consumer_group.subscription_id', '=', 'checkpoint.subscription_id')
            .onRef('consumer_group.source', '=', 'checkpoint.source')
            .onRef('consumer_group.size', '=', 'checkpoint.group_size'),
        )
        .select('checkpoint.epoch')
        .whereRef('checkpoint.subscription_id', '=', 'member.subscription_id')
        .whereRef('checkpoint.source', '=', 'member.source')
        .whereRef('checkpoint.group_member', '=', 'member.member')
      return {
        owner: heartbeat.processId,
        expires_at: fromNow(heartbeat.lease),
        epoch: sql<string>`greatest(${eb.ref('member.epoch')}, ${saved}) + 1`,
      }
    })
    .where('subscription_id', '=', key.subscriptionId)
    .where('source', '=', key.source)
    .where('member', 'in', members)
    .execute()
}
