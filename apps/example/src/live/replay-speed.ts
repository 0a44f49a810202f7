import type { Kysely } from 'kysely'
import type { Database } from '../database.ts'

/** Flights per second, where none were ever chosen. */
const usual = 100

/** The speed that was chosen last, at an earlier start too: what was held stays held. */
export async function readSpeed(db: Kysely<Database>): Promise<number> {
  const row = await db.selectFrom('replay_speed').select('flights_per_second').executeTakeFirst()
  return row?.flights_per_second ?? usual
}

/** Keeps the speed of now, one after the other: the last to be kept is the last that was chosen. */
export function speedKeeper(db: Kysely<Database>, speed: () => number): () => Promise<void> {
  const keep = (): Promise<void> => keepSpeed(db, speed())
  let last = Promise.resolve()
  return () => {
    last = last.then(keep, keep)
    return last
  }
}

async function keepSpeed(db: Kysely<Database>, speed: number): Promise<void> {
  await db
    .insertInto('replay_speed')
    .values({ flights_per_second: speed })
    .onConflict((conflict) => conflict.column('is_only').doUpdateSet({ flights_per_second: speed }))
    .execute()
}
