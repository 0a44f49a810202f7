import { StatementTemplates } from '@mdb/core'
import { sql, type Kysely } from 'kysely'
import type { CheckpointKey, ElasticCheckpointStore } from '../checkpoint-store.ts'
import { tableGroups } from '../consumer-group/table-groups.ts'
import { tableControl } from '../control/table-control.ts'
import { tableParking } from '../parking/table-parking.ts'
import { requireDelay } from '../validate-delay.ts'
import {
  type CheckpointDatabase,
  explained,
  KEY_COLUMNS,
  keyColumns,
  onTable,
  rowOf,
  toPosition,
} from './checkpoint-table.ts'
import { whileWanted } from './while-wanted.ts'
import { claimRow } from './fence.ts'
import { lockClaimed, saveClaimed } from './save-claimed.ts'

/** What `tableCheckpoints` takes. */
export interface TableCheckpointsOptions {
  /** The schema that holds the table. Default is `mdb`. */
  readonly schema?: string | undefined
  /**
   * How many milliseconds a handler's transaction may idle between two statements, or leave an answer
   * untaken, before the server ends it. Until it ends, nobody can take the checkpoint over: so this is
   * how long a process that hangs, or is cut off, can hold one up. (Untaken answers: on Linux.) It
   * bounds the transaction of a replay too, at least once as well, where it idles while the handler
   * runs. 1 or more, default 60,000; Infinity leaves it to the server's own settings.
   */
  readonly idleTimeout?: number | undefined
}

/**
 * Checkpoints in the table `mdb.checkpoint`, one row a key. Make the table once with
 * `installCheckpoints` of `@mdb/subscriptions/migration`; type it with `SubscriptionsDatabase`.
 *
 * A run claims its row, and each save carries the claim's epoch: a run that another one has followed
 * cannot move the checkpoint. These are the checkpoints for transactional mode, where the handler's
 * writes and the checkpoint commit together.
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
 * @throws InvalidOptionError when `idleTimeout` is no number of milliseconds
 * @returns a store whose calls reject with `CheckpointsNotInstalledError` when there is no table, or
 *   an older one, and with `FencedError` when the claim that they carry is over
 */
export function tableCheckpoints<DB>(
  db: Kysely<DB>,
  options: TableCheckpointsOptions = {},
): ElasticCheckpointStore {
  const { schema = 'mdb', idleTimeout = 60_000 } = options
  if (idleTimeout !== Infinity) requireDelay('idleTimeout', idleTimeout)
  const bounded = idleTimeout === Infinity ? {} : { idleTimeout }
  const table = onTable(db, schema)
  const templates = new StatementTemplates()

  return {
    db,
    ...bounded,
    parking: tableParking(db, schema, bounded),
    control: tableControl(db, schema),
    transaction: (run) => (db as unknown as Kysely<unknown>).transaction().execute(run),

    load: (key) =>
      explained(
        schema,
        table
          .selectFrom('checkpoint')
          .select(sql<string | null>`position::text`.as('position'))
          .where(rowOf(key))
          .executeTakeFirst()
          .then((row) => toPosition(row?.position)),
      ),

    async save(key, position, claim) {
      if (claim === undefined) await explained(schema, saveUnclaimed(table, key, position))
      else await explained(schema, saveClaimed(table, { key, claim, templates }, position))
    },

    claim: (key, owner, epoch, signal) =>
      explained(
        schema,
        whileWanted(signal, () => claimRow(table, key, { owner, epoch })),
      ),

    saveIn: (trx, key, claim, position) =>
      explained(
        schema,
        saveClaimed(onTable(trx, schema), { key, claim, templates, ...bounded }, position),
      ),

    lockIn: (trx, key, claim) =>
      explained(schema, lockClaimed(onTable(trx, schema), { key, claim, templates, ...bounded })),

    groups: (messageStore) => tableGroups(db, { schema, messageStore }),
  }
}

/** For whoever sets a checkpoint by hand; a run saves with its claim. */
async function saveUnclaimed(
  table: Kysely<CheckpointDatabase>,
  key: CheckpointKey,
  position: bigint,
): Promise<void> {
  await table
    .insertInto('checkpoint')
    .values({ ...keyColumns(key), position: String(position) })
    .onConflict((conflict) =>
      conflict
        .columns([...KEY_COLUMNS])
        .doUpdateSet({ position: sql`excluded.position`, updated_at: sql`now()` })
        .where(sql<boolean>`coalesce(checkpoint.position < excluded.position, true)`),
    )
    .execute()
}
