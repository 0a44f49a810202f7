import { type Kysely, sql } from 'kysely'
import { explained, onTable, toPosition } from '../checkpoints/checkpoint-table.ts'
import type { GroupDatabase } from '../consumer-group/group-query.ts'

/** Where a subscription, or a member of it, is in one source. */
export interface Place {
  readonly source: string
  /** 0 without a group. */
  readonly size: number
  /** 0 without a group. */
  readonly member: number
  /** Undefined when it is claimed and nothing is handled yet. */
  readonly position: bigint | undefined
  readonly retiredBy: string | undefined
  /** Of an elastic group: whether its size is being changed. */
  readonly resizing: boolean
}

/**
 * Where a subscription is: of a group, each member. What an elastic group has left of sizes that it
 * had before does not count.
 */
export async function readPlaces(db: unknown, schema: string, id: string): Promise<Place[]> {
  const rows = await explained(
    schema,
    (onTable(db, schema) as unknown as Kysely<GroupDatabase>)
      .selectFrom('checkpoint')
      .leftJoin('consumer_group as elastic', (join) =>
        join
          .onRef('elastic.subscription_id', '=', 'checkpoint.subscription_id')
          .onRef('elastic.source', '=', 'checkpoint.source'),
      )
      .select([
        'checkpoint.source',
        'checkpoint.group_size',
        'checkpoint.group_member',
        'checkpoint.retired_by',
        'elastic.resize_to',
        sql<string | null>`checkpoint.position::text`.as('position'),
      ])
      .where('checkpoint.subscription_id', '=', id)
      .where(sql<boolean>`coalesce(elastic.size, checkpoint.group_size) = checkpoint.group_size`)
      .orderBy('checkpoint.source')
      .orderBy('checkpoint.group_size')
      .orderBy('checkpoint.group_member')
      .execute(),
  )
  return rows.map((row) => ({
    source: row.source,
    size: row.group_size,
    member: row.group_member,
    position: toPosition(row.position),
    retiredBy: row.retired_by ?? undefined,
    resizing: row.resize_to !== null,
  }))
}

/**
 * The same, and nobody moves or claims it until the transaction ends: what is in flight ends first.
 * Members that never ran are made, so that they do not begin now.
 */
export async function holdPlaces(db: unknown, schema: string, id: string): Promise<Place[]> {
  const table = onTable(db, schema)
  const missing = missingMembers(await readPlaces(db, schema, id))
  if (missing.length > 0) {
    const rows = missing.map(({ source, size, member }) => {
      return { subscription_id: id, source, group_size: size, group_member: member }
    })
    await table
      .insertInto('checkpoint')
      .values(rows)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  await explained(
    schema,
    table
      .selectFrom('checkpoint')
      .select('source')
      .where('subscription_id', '=', id)
      .orderBy('source')
      .orderBy('group_size')
      .orderBy('group_member')
      .forNoKeyUpdate()
      .execute(),
  )
  return readPlaces(db, schema, id)
}

/** Marks a subscription as replaced, and fences the runs that it may have. */
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

type Member = Pick<Place, 'source' | 'size' | 'member'>

/** Members that a group has and that never ran. */
export function missingMembers(places: readonly Place[]): Member[] {
  const groups = Map.groupBy(places, ({ source, size }) => `${size} of ${source}`)
  return [...groups.values()].flatMap((group) => {
    const [{ source, size }] = group as [Place]
    const there = new Set(group.map(({ member }) => member))
    return Array.from({ length: Math.max(1, size) }, (_, member) => ({
      source,
      size,
      member,
    })).filter(({ member }) => !there.has(member))
  })
}
