import { type Kysely, type RawBuilder, sql } from 'kysely'
import { unreadBy } from '../tcp-user-timeout.ts'
import { type CheckpointKey, checkpointKeyText, type Claim } from '../checkpoint-store.ts'
import { CheckpointMovedError, FencedError, SubscriptionRetiredError } from '../errors.ts'
import {
  type CheckpointDatabase,
  KEY_COLUMNS,
  keyColumns,
  rowOf,
  toPosition,
} from './checkpoint-table.ts'
import { CLAIM_LOCK_TIMEOUT } from './while-wanted.ts'

type Table = Kysely<CheckpointDatabase>

export interface Claimant {
  readonly owner: string
  /** The epoch that a lease gave out; undefined counts on by one. */
  readonly epoch: bigint | undefined
}

/** Takes the key over. The row's lock makes it wait for a transaction of the owner before. */
export async function claimRow(
  table: Table,
  key: CheckpointKey,
  { owner, epoch }: Claimant,
): Promise<Claim> {
  const claimedAt = sql<string>`clock_timestamp()`
  const columns = keyColumns(key)
  const row = await table
    .insertInto('checkpoint')
    .columns([...KEY_COLUMNS, 'epoch', 'owner', 'claimed_at'])
    .expression(
      table
        .selectNoFrom([
          sql<string>`${columns.subscription_id}::text`.as('subscription_id'),
          sql<string>`${columns.source}::text`.as('source'),
          sql<number>`${columns.group_member}::integer`.as('group_member'),
          sql<number>`${columns.group_size}::integer`.as('group_size'),
          sql<string>`${String(epoch ?? 1n)}::bigint`.as('epoch'),
          sql<string>`${owner}::text`.as('owner'),
          claimedAt.as('claimed_at'),
        ])
        // Under this id there is nothing to be begun any more, be it in a group of another size.
        .where(({ not, exists }) => not(exists(retiredOf(table, key))))
        // Before the row is locked, which comes last.
        .where(lockTimeout()),
    )
    .onConflict((conflict) =>
      conflict
        .columns([...KEY_COLUMNS])
        .doUpdateSet({
          epoch: epoch === undefined ? sql`checkpoint.epoch + 1` : String(epoch),
          owner,
          claimed_at: claimedAt,
          released_at: null,
        })
        .where(isAhead(epoch, owner))
        .where('checkpoint.retired_by', 'is', null),
    )
    .returning([
      sql<string>`checkpoint.epoch::text`.as('epoch'),
      sql<string | null>`checkpoint.position::text`.as('position'),
      sql<string>`checkpoint.seeks::text`.as('seeks'),
    ])
    .executeTakeFirst()
  if (row === undefined) {
    await refuseRetired(table, key)
    throw await refused(table, { key, claim: { epoch: epoch ?? 0n, position: undefined } })
  }
  return toClaim(row)
}

/** The claim after a seek: the same epoch, from where the checkpoint is now. */
export async function renewClaim(table: Table, held: Held): Promise<Claim> {
  const row = await table
    .selectFrom('checkpoint')
    .select([
      sql<string>`epoch::text`.as('epoch'),
      sql<string | null>`position::text`.as('position'),
      sql<string>`seeks::text`.as('seeks'),
    ])
    .where(rowOf(held.key))
    .where('epoch', '=', String(held.claim.epoch))
    .executeTakeFirst()
  if (row === undefined) throw await refused(table, held)
  return toClaim(row)
}

interface ClaimedRow {
  readonly epoch: string
  readonly position: string | null
  readonly seeks: string
}

function toClaim({ epoch, position, seeks }: ClaimedRow): Claim {
  return { epoch: BigInt(epoch), position: toPosition(position), seeks: BigInt(seeks) }
}

/** What `switchProjection` has retired is not claimed again. */
async function refuseRetired(table: Table, key: CheckpointKey): Promise<void> {
  const row = await retiredOf(table, key).executeTakeFirst()
  const retiredBy = row?.retired_by ?? undefined
  if (retiredBy !== undefined) throw new SubscriptionRetiredError(key.subscriptionId, retiredBy)
}

function retiredOf(table: Table, { subscriptionId, source }: CheckpointKey) {
  return table
    .selectFrom('checkpoint as retired')
    .select('retired.retired_by')
    .where('retired.subscription_id', '=', subscriptionId)
    .where('retired.source', '=', source)
    .where('retired.retired_by', 'is not', null)
    .limit(1)
}

/** A claim by lease must be ahead of all others, or be the same one again, its answer lost. */
function isAhead(epoch: bigint | undefined, owner: string): RawBuilder<boolean> {
  if (epoch === undefined) return sql<boolean>`true`
  return sql<boolean>`(checkpoint.epoch < ${String(epoch)}::bigint
    or (checkpoint.epoch = ${String(epoch)}::bigint and checkpoint.owner = ${owner}))`
}

/** The claim on a key, and how long a transaction that holds it may idle. */
export interface Held {
  readonly key: CheckpointKey
  readonly claim: Claim
  /** Milliseconds; undefined leaves the server's setting, as outside a transaction. */
  readonly idleTimeout?: number | undefined
}

/** Says that the run of a claim stands at a pause, with its place saved. */
export async function acknowledgePause(table: Table, held: Held, pause: bigint): Promise<void> {
  const noted = await table
    .updateTable('checkpoint')
    .set({ acknowledged_pause: String(pause) })
    .where(rowOf(held.key))
    .where('epoch', '=', String(held.claim.epoch))
    .returning('group_member')
    .executeTakeFirst()
  if (noted === undefined) throw await refused(table, held)
}

/** Why a claim holds no longer. */
export async function refused(table: Table, { key, claim }: Held): Promise<Error> {
  const row = await table
    .selectFrom('checkpoint')
    .select([
      sql<string>`epoch::text`.as('epoch'),
      sql<string | null>`position::text`.as('position'),
      sql<string>`seeks::text`.as('seeks'),
      'owner',
      'claimed_at',
    ])
    .where(rowOf(key))
    .executeTakeFirst()
  const isOwner = row !== undefined && BigInt(row.epoch) === claim.epoch
  if (isOwner && claim.seeks !== undefined && BigInt(row.seeks) !== claim.seeks) {
    return new CheckpointMovedError(checkpointKeyText(key), toPosition(row.position))
  }
  const current = row && {
    epoch: BigInt(row.epoch),
    owner: row.owner ?? undefined,
    claimedAt: row.claimed_at ?? undefined,
  }
  return new FencedError(checkpointKeyText(key), claim.epoch, current)
}

/**
 * A process that stands still in its transaction holds the row, and with it whoever wants to take
 * over. So the server ends a session that idles too long there, or does not take its answer: a host
 * that is cut off tells nobody. In the statement that locks, it costs no round trip of its own.
 */
export function boundedBy({ idleTimeout }: Pick<Held, 'idleTimeout'>): RawBuilder<string | null> {
  if (idleTimeout === undefined) return sql`null`
  const milliseconds = String(Math.ceil(idleTimeout))
  const idle = sql.lit('idle_in_transaction_session_timeout')
  return sql`set_config(${idle}, ${milliseconds}, true) || ${unreadBy(milliseconds)}`
}

/** Bounds the waits of the statement that it is part of. */
function lockTimeout(): RawBuilder<boolean> {
  const milliseconds = String(CLAIM_LOCK_TIMEOUT)
  return sql`set_config(${sql.lit('lock_timeout')}, ${milliseconds}, true) is not null`
}
