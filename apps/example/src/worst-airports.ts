import { sql, type Kysely } from 'kysely'
import type { Database } from './database.ts'
import { airportCategory } from './flight-messages.ts'

/**
 * The airports with the longest average delay: the projection, the app's own airports and Message
 * DB's view of the streams, in one typed query.
 */
export function worstAirports(db: Kysely<Database>, leastArrivals: number) {
  return db
    .selectFrom('airport_delay as delay')
    .innerJoin('airport', 'airport.code', 'delay.airport')
    .innerJoin('message_store.stream_summary as stream', (join) =>
      join.on('stream.stream_name', '=', sql`${sql.lit(`${airportCategory}-`)} || delay.airport`),
    )
    .leftJoin('airport_alert as alert', 'alert.airport', 'delay.airport')
    .select(({ eb, fn }) => [
      'airport.code',
      'airport.name',
      'airport.city',
      'airport.state',
      'delay.arrivals',
      'delay.late_arrivals',
      sql<number>`delay.delay_minutes::float8 / delay.arrivals`.as('average_delay'),
      fn.coalesce('alert.alerts', eb.lit(0)).as('alerts'),
      fn.coalesce('alert.longest_delay', eb.lit(0)).as('longest_delay'),
      'stream.message_count',
    ])
    .where('delay.arrivals', '>=', leastArrivals)
    .orderBy('average_delay', 'desc')
    .orderBy('airport.code')
    .limit(10)
    .execute()
}
