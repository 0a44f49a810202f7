import type { MessageStoreDatabase } from '@mdb/core'
import type { SubscriptionsDatabase } from '@mdb/subscriptions'
import { Kysely, PostgresDialect, sql } from 'kysely'
import pg from 'pg'

export interface TortureDatabase extends MessageStoreDatabase, SubscriptionsDatabase {
  /** What handlers did: a row each time, in the order of their doing, so that a second time shows. */
  effect: {
    stream_name: string
    position: string
    global_position: string
    by: string
  }
}

export async function createEffects(db: Kysely<TortureDatabase>): Promise<void> {
  await sql`
    create table effect (
      seq bigserial primary key,
      stream_name text not null,
      "position" bigint not null,
      global_position bigint not null,
      by text not null
    )
  `.execute(db)
}

/** Connections that outlive being cut, as an application's do. */
export function connectTo(connectionString: string, max: number): Kysely<TortureDatabase> {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely<TortureDatabase>({ dialect: new PostgresDialect({ pool }) })
}
