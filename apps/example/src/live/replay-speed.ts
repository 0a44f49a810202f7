import type { Kysely } from 'kysely'
import type { Database } from '../database.ts'

/** Flights per second, where none were ever chosen. */
const usual = 100

/** The speed that was chosen last, at an earlier start too: what was held stays held. */
export async function readSpeed(db: Kysely<Database>): Promise<number> {
  const row = await db.selectFrom('replay_speed').select('flights_per_second').executeTakeFirst()
  return row?.flights_per_second ?? usual
}

export async function keepSpeed(db: Kysely<Database>, speed: number): Promise<void> {
  await db
    .insertInto('replay_speed')
    .values({ flights_per_second: speed })
    .onConflict((conflict) => conflict.column('is_only').doUpdateSet({ flights_per_second: speed }))
    .execute()
}
