import { sql, type Kysely } from 'kysely'
import { readAirports } from './airports.ts'
import type { Database } from './database.ts'

/** Creates the app's own tables, and fills `airport`; does nothing where they are. */
export async function createTables(db: Kysely<Database>): Promise<void> {
  await db.schema
    .createTable('airport')
    .ifNotExists()
    .addColumn('code', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('city', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('latitude', 'float8', (column) => column.notNull())
    .addColumn('longitude', 'float8', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('airport_delay')
    .ifNotExists()
    .addColumn('airport', 'text', (column) => column.primaryKey())
    .addColumn('arrivals', 'integer', (column) => column.notNull())
    .addColumn('late_arrivals', 'integer', (column) => column.notNull())
    .addColumn('delay_minutes', 'integer', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('airport_alert')
    .ifNotExists()
    .addColumn('airport', 'text', (column) => column.primaryKey())
    .addColumn('alerts', 'integer', (column) => column.notNull())
    .addColumn('longest_delay', 'integer', (column) => column.notNull())
    .execute()
  await db.schema
    .createTable('broken_airport')
    .ifNotExists()
    .addColumn('code', 'text', (column) => column.primaryKey())
    .execute()
  await db.schema
    .createTable('discarded_message')
    .ifNotExists()
    .addColumn('subscription_id', 'text', (column) => column.notNull())
    .addColumn('global_position', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('discarded_message_pkey', ['subscription_id', 'global_position'])
    .execute()
  await db.schema
    .createTable('replay_speed')
    .ifNotExists()
    .addColumn('is_only', 'boolean', (column) =>
      column
        .primaryKey()
        .defaultTo(true)
        .check(sql`is_only`),
    )
    .addColumn('flights_per_second', 'integer', (column) => column.notNull())
    .execute()
  await fillAirports(db)
}

async function fillAirports(db: Kysely<Database>): Promise<void> {
  const filled = await db.selectFrom('airport').select('code').limit(1).executeTakeFirst()
  if (filled !== undefined) return
  // One statement: all of the airports are there, or none.
  await db
    .insertInto('airport')
    .values(await readAirports())
    .onConflict((conflict) => conflict.doNothing())
    .execute()
}
