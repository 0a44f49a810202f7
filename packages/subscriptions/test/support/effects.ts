import type { MessageStoreDatabase } from '@mdb/core'
import type { SubscriptionsDatabase } from '@mdb/subscriptions'
import { installCheckpoints } from '@mdb/subscriptions/migration'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'

export interface EffectDatabase extends MessageStoreDatabase, SubscriptionsDatabase {
  /** What handlers did: a row each time, so that a second time shows. */
  effect: { n: number; by: string }
}

/** Makes the tables that these tests write. */
export async function installEffects(db: Kysely<EffectDatabase>): Promise<void> {
  await installCheckpoints(db)
  await sql`create table effect (n integer not null, by text not null)`.execute(db)
}

/** The effects in the order in which they were made. */
export async function effects(db: Kysely<EffectDatabase>): Promise<number[]> {
  const rows = await db
    .selectFrom('effect')
    .select('n')
    .orderBy(sql`ctid`)
    .execute()
  return rows.map(({ n }) => n)
}

export async function effectsBy(db: Kysely<EffectDatabase>, by: string): Promise<number[]> {
  const rows = await db.selectFrom('effect').select('n').where('by', '=', by).execute()
  return rows.map(({ n }) => n)
}

/** Connections that outlive being cut, as an application's would. */
export function connectTo(connectionString: string): Kysely<EffectDatabase> {
  const pool = new pg.Pool({ connectionString, max: 4 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely<EffectDatabase>({ dialect: new PostgresDialect({ pool }) })
}

/** Resolves once another session waits for a lock: somebody stands at the door. */
export async function untilSomebodyWaits(db: Kysely<EffectDatabase>): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'
    `.execute(db)
    if (rows.length > 0) return
  }
}

/** Resolves once no session idles in a transaction: the server has ended those that did. */
export async function untilIdleOnesAreEnded(db: Kysely<EffectDatabase>): Promise<void> {
  for (;;) {
    const { rows } = await sql`
      select from pg_stat_activity
      where datname = current_database() and state like 'idle in transaction%'
    `.execute(db)
    if (rows.length === 0) return
  }
}

export const upTo = (last: number, first = 1): number[] =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index)
