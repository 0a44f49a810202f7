import { sql, type Kysely } from 'kysely'
import type { CheckpointKey, CheckpointStore } from '../checkpoint-store.ts'
import type { CheckpointTable } from '../database.ts'
import { CheckpointsNotInstalledError } from '../errors.ts'

export interface TableCheckpointsOptions {
  /** The schema that holds the table. Default is `mdb`. */
  readonly schema?: string | undefined
}

const UNDEFINED_TABLE = '42P01'
const INVALID_SCHEMA = '3F000'

/**
 * Checkpoints in the table `mdb.checkpoint`, one row a key. Make the table once with
 * `installCheckpoints` of `@mdb/subscriptions/migration`; type it with `SubscriptionsDatabase`.
 *
 * @example
 * ```ts
 * import { PGlite } from '@electric-sql/pglite'
 * import { tableCheckpoints } from '@mdb/subscriptions'
 * import { installCheckpoints } from '@mdb/subscriptions/migration'
 * import { Kysely, PGliteDialect } from 'kysely'
 *
 * const db = new Kysely<object>({ dialect: new PGliteDialect({ pglite: new PGlite() }) })
 * await installCheckpoints(db)
 * const checkpoints = tableCheckpoints(db)
 * await checkpoints.save({ subscriptionId: 'delays', source: 'airport' }, 41n)
 * console.log(await checkpoints.load({ subscriptionId: 'delays', source: 'airport' })) // 41n
 * await db.destroy()
 * ```
 *
 * @returns a store whose calls reject with `CheckpointsNotInstalledError` when there is no table
 */
export function tableCheckpoints<DB>(
  db: Kysely<DB>,
  options: TableCheckpointsOptions = {},
): CheckpointStore {
  const { schema = 'mdb' } = options
  const own = (db as unknown as Kysely<{ checkpoint: CheckpointTable }>)
    .withoutPlugins()
    .withSchema(schema)

  return {
    async load(key) {
      const { subscription_id, source, group_member, group_size } = keyColumns(key)
      const row = await explained(
        own
          .selectFrom('checkpoint')
          .select(sql<string>`position::text`.as('position'))
          .where('subscription_id', '=', subscription_id)
          .where('source', '=', source)
          .where('group_member', '=', group_member)
          .where('group_size', '=', group_size)
          .executeTakeFirst(),
      )
      return row === undefined ? undefined : BigInt(row.position)
    },

    async save(key, position) {
      await explained(
        own
          .insertInto('checkpoint')
          .values({ ...keyColumns(key), position: String(position) })
          .onConflict((conflict) =>
            conflict
              .columns(['subscription_id', 'source', 'group_member', 'group_size'])
              .doUpdateSet({ position: sql`excluded.position`, updated_at: sql`now()` })
              .whereRef('checkpoint.position', '<', sql`excluded.position`),
          )
          .execute(),
      )
    },
  }

  async function explained<T>(query: Promise<T>): Promise<T> {
    try {
      return await query
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined
      if (code === UNDEFINED_TABLE || code === INVALID_SCHEMA) {
        throw new CheckpointsNotInstalledError(`${schema}.checkpoint`, error)
      }
      throw error
    }
  }
}

function keyColumns({ subscriptionId, source, consumerGroup }: CheckpointKey): {
  subscription_id: string
  source: string
  group_member: number
  group_size: number
} {
  return {
    subscription_id: subscriptionId,
    source,
    group_member: consumerGroup?.member ?? 0,
    group_size: consumerGroup?.size ?? 0,
  }
}
