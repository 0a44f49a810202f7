import { type Kysely, sql } from 'kysely'
import {
  type CheckpointDatabase,
  explained,
  onTable,
  rowOf,
} from '../checkpoints/checkpoint-table.ts'
import { acknowledgePause, renewClaim } from '../checkpoints/fence.ts'
import type { Control, ControlKey, ControlReader, ControlStore } from './control-store.ts'

interface Watcher {
  readonly key: ControlKey
  readonly onRead: (control: Control) => void
}

interface Look {
  readonly watchers: readonly Watcher[]
  readonly done: Promise<void>
}

// Where a process ends while the database is away, it does not wait for it.
const RELEASE_TIMEOUT = 2_000

/** What operators ask, in `mdb.subscription_control`; the answers are in `mdb.checkpoint`. */
export function tableControl(db: unknown, schema: string): ControlStore {
  const table = onTable(db, schema)
  const watchers = new Set<Watcher>()
  let inFlight: Look | undefined

  /** One look at a time, so that nobody is told what is older than what they know. */
  async function read(watcher: Watcher): Promise<void> {
    for (let other = inFlight; other !== undefined; other = inFlight) {
      if (other.watchers.includes(watcher)) return await other.done
      await other.done.catch(() => undefined)
    }
    const asking = [...watchers]
    const done = look(asking).finally(() => void (inFlight = undefined))
    inFlight = { watchers: asking, done }
    await done
  }

  async function look(asking: readonly Watcher[]): Promise<void> {
    const ids = [...new Set(asking.map(({ key }) => key.subscriptionId))]
    const rows = await explained(schema, readControls(table, ids), 'subscription_control')
    for (const { key, onRead } of asking) {
      const row = rows.find(
        ({ subscription_id, source }) =>
          subscription_id === key.subscriptionId && source === key.source,
      )
      onRead({
        pause: row?.isPaused === true ? BigInt(row.pauses) : undefined,
        seeks: BigInt(row?.seeks ?? 0),
      })
    }
  }

  return {
    watch(key, onRead): ControlReader {
      const watcher = { key, onRead }
      watchers.add(watcher)
      return {
        read: () => read(watcher),
        [Symbol.dispose]: () => void watchers.delete(watcher),
      }
    },

    acknowledge: (key, claim, pause) =>
      explained(schema, acknowledgePause(table, { key, claim }, pause)),

    renew: (key, claim) => explained(schema, renewClaim(table, { key, claim })),

    async release(key, claim) {
      const query = table
        .updateTable('checkpoint')
        .set({ released_at: sql<string>`clock_timestamp()` })
        .where(rowOf(key))
        .where('epoch', '=', String(claim.epoch))
      await explained(schema, query.execute({ signal: AbortSignal.timeout(RELEASE_TIMEOUT) }))
    },
  }
}

interface ControlRow {
  readonly subscription_id: string
  readonly source: string
  readonly pauses: string
  readonly isPaused: boolean
  readonly seeks: string
}

/** What is asked of some subscriptions, by their ids; no row where nothing ever was. */
export async function readControls(
  table: Kysely<CheckpointDatabase>,
  ids: readonly string[],
): Promise<ControlRow[]> {
  return await table
    .selectFrom('subscription_control')
    .select([
      'subscription_id',
      'source',
      sql<string>`pauses::text`.as('pauses'),
      sql<boolean>`paused_at is not null`.as('isPaused'),
      sql<string>`seeks::text`.as('seeks'),
    ])
    .where('subscription_id', 'in', ids)
    .execute()
}
