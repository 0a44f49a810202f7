import type { Kysely } from 'kysely'
import { advanceResize } from './advance-resize.ts'
import { balance } from './balance.ts'
import {
  boundTransaction,
  fromNow,
  type GroupDatabase,
  type GroupSchemas,
  ofGroup,
} from './group-query.ts'
import type { GroupKey, GroupStore, GroupView, Heartbeat } from './group-store.ts'
import { claimMembers, endLeases, lockGroup, readMembers } from './member-leases.ts'

/** Leases in the tables of `installCheckpoints`, beside the checkpoints. */
export function tableGroups<DB>(db: Kysely<DB>, schemas: GroupSchemas): GroupStore {
  const own = (db as unknown as Kysely<GroupDatabase>).withoutPlugins().withSchema(schemas.schema)
  return {
    heartbeat: (key, heartbeat) =>
      own.transaction().execute(async (trx) => {
        // One that is cut off in the middle must not cost the others their leases.
        await boundTransaction(trx, Math.min(2_000, heartbeat.lease / 3))
        await lockGroup(trx, key, heartbeat.size)
        const processes = await liveProcesses(trx, key, heartbeat)
        await endLeases(trx, key, heartbeat)
        const group = await advanceResize(trx, key, schemas)
        const sealing = group.resizeTo !== undefined && group.barrier === undefined
        return { ...group, ...(await share(trx, key, { heartbeat, processes, sealing })) }
      }),

    leave: (key, processId) =>
      own.transaction().execute(async (trx) => {
        await boundTransaction(trx)
        await trx
          .updateTable('consumer_group_member')
          .set({ owner: null, expires_at: null })
          .where(ofGroup(key))
          .where('owner', '=', processId)
          .execute()
        await trx
          .deleteFrom('consumer_group_process')
          .where(ofGroup(key))
          .where('process_id', '=', processId)
          .execute()
      }),
  }
}

/** Says that this process lives, forgets the dead, and returns the living. */
async function liveProcesses(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  { processId, lease }: Heartbeat,
): Promise<string[]> {
  await trx
    .insertInto('consumer_group_process')
    .values({
      subscription_id: key.subscriptionId,
      source: key.source,
      process_id: processId,
      expires_at: fromNow(lease),
    })
    .onConflict((conflict) =>
      conflict
        .columns(['subscription_id', 'source', 'process_id'])
        .doUpdateSet({ expires_at: fromNow(lease) }),
    )
    .execute()
  await trx
    .deleteFrom('consumer_group_process')
    .where(ofGroup(key))
    .where('expires_at', '<', fromNow<Date>(0))
    .execute()
  const rows = await trx
    .selectFrom('consumer_group_process')
    .select('process_id')
    .where(ofGroup(key))
    .execute()
  return rows.map(({ process_id }) => process_id)
}

interface ShareContext {
  readonly heartbeat: Heartbeat
  readonly processes: readonly string[]
  /** Between two sizes: everyone stops, so that all places are known. */
  readonly sealing: boolean
}

async function share(
  trx: Kysely<GroupDatabase>,
  key: GroupKey,
  { heartbeat, processes, sealing }: ShareContext,
): Promise<Pick<GroupView, 'mine' | 'release'>> {
  const me = heartbeat.processId
  const { claim, release } = balance(await readMembers(trx, key), processes, me)
  if (!sealing) await claimMembers(trx, key, { members: claim, heartbeat })
  const mine = (await readMembers(trx, key)).filter(({ owner }) => owner === me)
  return {
    mine: mine.map(({ member, epoch }) => ({ member, epoch })),
    release: sealing ? mine.map(({ member }) => member) : release,
  }
}
