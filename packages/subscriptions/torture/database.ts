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
    /** The process. */
    by: string
    /** Which of its runs of a member; null for a replay of parked messages. */
    run: string | null
    group_member: number | null
    group_size: number | null
    epoch: string | null
  }
}

export async function createEffects(db: Kysely<TortureDatabase>): Promise<void> {
  // What happens to effects, checkpoints and parked messages is counted by one clock.
  await sql`create sequence moment`.execute(db)
  await sql`
    create table effect (
      seq bigint primary key default nextval('moment'),
      stream_name text not null,
      "position" bigint not null,
      global_position bigint not null,
      by text not null,
      run text,
      group_member integer,
      group_size integer,
      epoch bigint
    )
  `.execute(db)
  await watch(db, {
    table: 'checkpoint',
    on: 'insert or update',
    columns: ['group_member', 'group_size', 'epoch', 'position'],
  })
  await watch(db, { table: 'parked_message', on: 'insert', columns: ['global_position'] })
}

interface Watched {
  readonly table: 'checkpoint' | 'parked_message'
  readonly on: string
  readonly columns: readonly string[]
}

/** Writes down each change of a table of ours, in `checkpoint_change` or `parked_message_change`. */
async function watch(db: Kysely<TortureDatabase>, { table, on, columns }: Watched): Promise<void> {
  const changes = sql.id(`${table}_change`)
  const names = sql.join(columns.map((name) => sql.id(name)))
  const values = sql.join(columns.map((name) => sql`new.${sql.id(name)}`))
  await sql`
    create table ${changes} as
    select 0::bigint as seq, ${names} from mdb.${sql.id(table)} limit 0
  `.execute(db)
  await sql`
    create function ${changes}() returns trigger language plpgsql as ${sql.raw('$$')}
    begin
      insert into public.${changes} (seq, ${names}) values (nextval('public.moment'), ${values});
      return null;
    end ${sql.raw('$$')}
  `.execute(db)
  await sql`
    create trigger ${changes} after ${sql.raw(on)} on mdb.${sql.id(table)}
    for each row execute function ${changes}()
  `.execute(db)
}

/** Connections that outlive being cut, as an application's do. */
export function connectTo(connectionString: string, max: number): Kysely<TortureDatabase> {
  const pool = new pg.Pool({ connectionString, max, connectionTimeoutMillis: 5_000 })
  pool.on('error', () => {})
  pool.on('connect', (client) => client.on('error', () => {}))
  return new Kysely<TortureDatabase>({ dialect: new PostgresDialect({ pool }) })
}
