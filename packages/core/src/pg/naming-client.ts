import type { PostgresCursor, PostgresPool, PostgresQueryResult } from 'kysely'
import { fixedKind } from '../fixed-statement.ts'
import { hash64 } from '../hash-64.ts'

/** A client of a pool, as Kysely sees it. */
export type Client = Awaited<ReturnType<PostgresPool['connect']>>

/** A statement on one connection. */
interface Statement {
  readonly hash: string
  /** How its rows are to come: objects cost the client a sixth of a read, and parsed values a fifth. */
  readonly form: Pick<NamedQuery, 'rowMode' | 'types'>
  /** Whether the server has it. */
  prepared: boolean
  /** How many attempts to use it for the first time have failed. */
  failures: number
}

/** As `pg` takes a query. Kysely's types have the text alone. */
interface NamedQuery {
  readonly name: string
  readonly text: string
  readonly values: readonly unknown[]
  readonly rowMode?: 'array'
  readonly types?: { readonly getTypeParser: () => (text: string) => string }
}
type SendNamed = <R>(query: NamedQuery) => Promise<PostgresQueryResult<R>>

/** The store has fewer statements: this is for a server that would be made to keep more. */
const MAX_STATEMENTS = 100
/**
 * PgBouncer keeps a name whose statement the server refused, and ends a client that prepares it
 * again. So each attempt takes another name, until it is clear that the name does not help.
 */
const MAX_FAILURES = 3

const OBJECTS = {}
const ARRAYS = { rowMode: 'array', types: { getTypeParser: () => (text: string) => text } } as const

/** Sends fixed statements by a name, and everything else as it comes. */
export class NamingClient implements Client {
  readonly #client: Client
  readonly #statements = new Map<string, Statement>()

  constructor(client: Client) {
    this.#client = client
  }

  // For one without, Kysely asks the server.
  get processID(): number {
    return this.#client.processID ?? 0
  }

  query<R>(sql: string, parameters: readonly unknown[]): Promise<PostgresQueryResult<R>>
  query<R>(cursor: PostgresCursor<R>): PostgresCursor<R>
  query<R>(
    query: string | PostgresCursor<R>,
    parameters: readonly unknown[] = [],
  ): Promise<PostgresQueryResult<R>> | PostgresCursor<R> {
    if (typeof query !== 'string') return this.#client.query(query)
    const statement = this.#statements.get(query) ?? this.#add(query)
    if (statement === undefined || statement.failures >= MAX_FAILURES) {
      return this.#client.query<R>(query, parameters)
    }
    return this.#send<R>(statement, query, parameters)
  }

  release(destroy?: boolean): void {
    this.#client.release(destroy)
  }

  async #send<R>(
    statement: Statement,
    text: string,
    values: readonly unknown[],
  ): Promise<PostgresQueryResult<R>> {
    const name = `mdb_${statement.hash}_${statement.failures}`
    const client = this.#client as { readonly query: unknown } as { readonly query: SendNamed }
    if (statement.prepared) return client.query<R>({ name, text, values, ...statement.form })
    try {
      const result = await client.query<R>({ name, text, values, ...statement.form })
      statement.prepared = true
      return result
    } catch (error) {
      statement.failures += 1
      throw error
    }
  }

  #add(text: string): Statement | undefined {
    const kind = fixedKind(text)
    if (kind === undefined || this.#statements.size >= MAX_STATEMENTS) return undefined
    const hash = BigInt.asUintN(64, hash64(text)).toString(16)
    const form = kind === 'rows' ? ARRAYS : OBJECTS
    const statement = { hash, form, prepared: false, failures: 0 }
    this.#statements.set(text, statement)
    return statement
  }
}
