import type { Dialect } from 'kysely'
import { PostgresJSDialect } from 'kysely-postgres-js'
import postgres from 'postgres'

/** How a client of postgres.js connects. */
export interface PostgresJsOptions {
  /** How many connections the pool may open. Default is 10. */
  readonly max?: number | undefined
  /** Whether statements are prepared by name, once for each connection. Default is `false`. */
  readonly named?: boolean | undefined
}

/** A Kysely dialect on postgres.js; destroying the Kysely ends the client. */
export function postgresJsDialect(address: string, options: PostgresJsOptions = {}): Dialect {
  const { max = 10, named = false } = options
  const client = postgres(address, { max, prepare: named, onnotice: () => undefined })
  return new PostgresJSDialect({ postgres: adapt(client, named) })
}

// The dialect sends each statement as an unprepared one, which is postgres.js's default for texts.
// And it ends the client without a limit: one that a failed test holds would keep it for ever.
function adapt(client: postgres.Sql, named: boolean): postgres.Sql {
  const reserve = async (): Promise<postgres.ReservedSql> => {
    const reserved = await client.reserve()
    const unsafe = reserved.unsafe.bind(reserved)
    return Object.assign(reserved, {
      unsafe: ((text, values, options) =>
        unsafe(text, values, { ...options, prepare: named })) as typeof unsafe,
    })
  }
  const adapted = { reserve, end: async () => client.end({ timeout: 1 }) }
  return new Proxy(client, {
    get: (target, key, receiver) =>
      key in adapted
        ? adapted[key as keyof typeof adapted]
        : (Reflect.get(target, key, receiver) as unknown),
  })
}
