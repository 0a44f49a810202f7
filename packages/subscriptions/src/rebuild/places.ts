import { type Kysely, sql } from 'kysely'
import { explained, onTable, toPosition } from '../checkpoints/checkpoint-table.ts'
import { InvalidOptionError, SubscriptionRetiredError } from '../errors.ts'

/** Where a subscription is in one source. */
export interface Place {
  readonly source: string
  readonly grouped: boolean
  /** Undefined when it is claimed and nothing is handled yet. */
  readonly position: bigint | undefined
  readonly retiredBy: string | undefined
}

/** Where a subscription is; with `hold` nobody moves or claims it until the transaction ends. */
export async function readPlaces(
  db: unknown,
  schema: string,
  { id, hold = false }: { readonly id: string; readonly hold?: boolean },
): Promise<readonly Place[]> {
  const query = onTable(db, schema)
    .selectFrom('checkpoint')
    .select(['source', 'group_size', 'retired_by', sql<string>`position::text`.as('position')])
    .where('subscription_id', '=', id)
    .orderBy('source')
  const rows = await explained(schema, (hold ? query.forNoKeyUpdate() : query).execute())
  return rows.map((row) => ({
    source: row.source,
    grouped: row.group_size > 0,
    position: toPosition(row.position),
    retiredBy: row.retired_by ?? undefined,
  }))
}

/** Marks a subscription as replaced, and fences the run that it may have. */
export async function retire(
  db: Kysely<never>,
  schema: string,
  { from, to }: { readonly from: string; readonly to: string },
): Promise<void> {
  await onTable(db, schema)
    .updateTable('checkpoint')
    .set({
      epoch: sql`epoch + 1`,
      owner: `${to}, which replaced it`,
      claimed_at: sql<string>`clock_timestamp()`,
      retired_by: to,
    })
    .where('subscription_id', '=', from)
    .execute()
}

/** Whether the new one has reached the old one in each source. */
export function caughtUp(from: readonly Place[], to: readonly Place[]): boolean {
  return from.every(({ source, position }) => {
    const place = to.find((each) => each.source === source)
    if (place === undefined) return false
    return position === undefined || (place.position !== undefined && place.position >= position)
  })
}

/** Throws what makes a switch impossible. True when the same switch is done already. */
export function isSwitched(
  { from, to }: { readonly from: string; readonly to: string },
  places: { readonly from: readonly Place[]; readonly to: readonly Place[] },
): boolean {
  if (places.from.length === 0) {
    throw new InvalidOptionError('from', from, 'must be a subscription that has a checkpoint')
  }
  for (const [option, id] of [
    ['from', from],
    ['to', to],
  ] as const) {
    if (!places[option].some(({ grouped }) => grouped)) continue
    throw new InvalidOptionError(option, id, 'must be a subscription without a consumer group')
  }
  const replaced = places.to.find(({ retiredBy }) => retiredBy !== undefined)
  if (replaced?.retiredBy !== undefined) throw new SubscriptionRetiredError(to, replaced.retiredBy)
  const retiredBy = places.from[0]?.retiredBy
  if (retiredBy !== undefined && retiredBy !== to) {
    throw new SubscriptionRetiredError(from, retiredBy)
  }
  return retiredBy === to
}
