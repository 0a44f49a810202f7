import type { PostgresPool } from 'kysely'
import { NamingClient, type Client } from './naming-client.ts'

/**
 * Wraps a pool of `pg` for Kysely's `PostgresDialect`, so that the store's statements are prepared by
 * name, once for each connection: the server then parses and plans them once, and not at every call.
 *
 * Only the store's own statements whose text never changes get a name, some thirty at most, and those
 * of `StatementTemplates`. Your other queries are sent as before, and the pool itself is left as
 * it is.
 *
 * @example
 * ```ts
 * import { createMessageStore } from '@mdb/core'
 * import { namedStatements } from '@mdb/core/pg'
 * import { startEmbeddedPostgres } from '@mdb/testing/embedded'
 * import { Kysely, PostgresDialect } from 'kysely'
 * import pg from 'pg'
 *
 * await using server = await startEmbeddedPostgres()
 * await using database = await server.createDatabase()
 *
 * const pool = new pg.Pool({ connectionString: database.connectionString })
 * const db = new Kysely<object>({ dialect: new PostgresDialect({ pool: namedStatements(pool) }) })
 * const store = createMessageStore(db)
 * await store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * await db.destroy()
 * ```
 *
 * Behind PgBouncer in transaction mode it takes version 1.21 or newer, with `max_prepared_statements`
 * above 0.
 *
 * @param pool a `pg.Pool`, or what Kysely takes for one.
 * @returns a pool for `PostgresDialect`; to end it ends the pool.
 */
export function namedStatements(pool: PostgresPool): PostgresPool {
  const clients = new WeakMap<Client, NamingClient>()
  return {
    get options() {
      return pool.options
    },
    // Kysely makes a connection of its own of it, to cancel a query.
    ...(pool.Client === undefined ? {} : { Client: pool.Client }),
    async connect() {
      const client = await pool.connect()
      // Kysely knows a connection again by its client.
      let naming = clients.get(client)
      if (naming === undefined) clients.set(client, (naming = new NamingClient(client)))
      return naming
    },
    end: async () => pool.end(),
  }
}
