import type { MessageStore } from '@mdb/core'
import type { Database } from './database.ts'
import { airportCategory, flightMessage } from './flight-messages.ts'
import type { Flight } from './flights.ts'
import type { Task } from './progress.ts'

/** Flights in one statement: large enough to be fast, small enough to lose little when killed. */
const flightsPerStatement = 500

/**
 * Writes the flights that the store does not hold yet, oldest first; says how many those were.
 *
 * The store itself is the progress: a statement writes all of its flights or none, so the number
 * of messages in the store is the number of flights to skip.
 */
export async function writeFlights(
  store: MessageStore<Database>,
  flights: readonly Flight[],
  { signal, progress }: Task,
): Promise<number> {
  const before = await countWrittenFlights(store)
  let written = before
  while (written < flights.length && !signal.aborted) {
    const batch = flights.slice(written, written + flightsPerStatement)
    await writeTogether(store, batch)
    written += batch.length
    await progress(written, flights.length)
  }
  return written - before
}

export async function countWrittenFlights({ db }: MessageStore<Database>): Promise<number> {
  const types = await db
    .selectFrom('message_store.category_type_summary')
    .select('message_count')
    .where('category', '=', airportCategory)
    .execute()
  return types.reduce((sum, type) => sum + Number(type.message_count), 0)
}

/** Writes flights in their order, in one statement: all of them are there, or none. */
export async function writeTogether(
  store: MessageStore<Database>,
  flights: readonly Flight[],
): Promise<void> {
  await store.writeToStreams(flights.map(flightMessage))
}
