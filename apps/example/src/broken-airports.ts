import type { Kysely } from 'kysely'
import type { Database } from './database.ts'

/** What the handler throws for an arrival at a broken airport. */
export class BrokenAirportError extends Error {
  override readonly name = 'BrokenAirportError'
}

/** Makes the handler fail where it was asked to; every process sees the same table. */
export async function refuseBroken(db: Kysely<Database>, codes: readonly string[]): Promise<void> {
  const broken = await db
    .selectFrom('broken_airport')
    .select('code')
    .where('code', 'in', codes)
    .executeTakeFirst()
  if (broken !== undefined) throw new BrokenAirportError(`${broken.code} is broken`)
}

/** Says false for a code that is no airport's. */
export async function breakAirport(db: Kysely<Database>, code: string): Promise<boolean> {
  const airport = db.selectFrom('airport').select('code').where('code', '=', code)
  if ((await airport.executeTakeFirst()) === undefined) return false
  await db
    .insertInto('broken_airport')
    .values({ code })
    .onConflict((conflict) => conflict.doNothing())
    .execute()
  return true
}

/** Says false for an airport that is not broken. */
export async function mendAirport(db: Kysely<Database>, code: string): Promise<boolean> {
  const { numDeletedRows } = await db
    .deleteFrom('broken_airport')
    .where('code', '=', code)
    .executeTakeFirst()
  return numDeletedRows > 0n
}
