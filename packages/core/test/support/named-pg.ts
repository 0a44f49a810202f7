import { createHash } from 'node:crypto'
import { type Dialect, PostgresDialect } from 'kysely'
import pg from 'pg'

/** Kysely's own dialect on `pg`, with each statement prepared by name, once for each connection. */
export function namedPgDialect(
  connectionString: string,
  { max = 10 }: { readonly max?: number | undefined } = {},
): Dialect {
  const pool = new pg.Pool({ connectionString, max, Client: NamingClient })
  // Unheard, the end of an idle connection would end the process.
  pool.on('error', () => undefined)
  pool.on('connect', (client) => client.on('error', () => undefined))
  return new PostgresDialect({ pool })
}

// Kysely gives a statement's text and its values, never a name. PgBouncer keeps a name whose statement
// the server refused, and ends a client that prepares it again: another try takes another name.
class NamingClient extends pg.Client {
  readonly #refused = new Map<string, number>()

  override query = ((...given: unknown[]): unknown => {
    const [text, values] = given
    const send = pg.Client.prototype.query as (...sent: unknown[]) => Promise<unknown>
    if (typeof text !== 'string' || !Array.isArray(values)) return send.apply(this, given)
    const refused = this.#refused.get(text) ?? 0
    const name = `${createHash('md5').update(text).digest('hex')}_${refused}`
    return send.call(this, { name, text, values }).catch((error: unknown) => {
      this.#refused.set(text, refused + 1)
      throw error
    })
  }) as pg.Client['query']
}
