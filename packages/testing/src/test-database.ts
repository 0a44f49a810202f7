import type { MessageStore, MessageStoreDatabase } from '@mdb/core'
import type { Kysely } from 'kysely'

/** What a server of `@mdb/testing` runs on. */
export type Backend = 'pglite' | 'embedded'

/**
 * A running server that makes message stores for tests.
 *
 * The contract of every adapter: `createDatabase` gives an empty store of Message DB that no other
 * database sees; any number may be open at a time. `stop` closes those that are still open, leaves
 * nothing running and nothing on disk, and may be called again.
 */
export interface TestServer extends AsyncDisposable {
  readonly backend: Backend
  /** Makes a fresh, empty message store. `DB` names your own tables beside Message DB's. */
  createDatabase<DB = MessageStoreDatabase>(): Promise<TestDatabase<DB>>
  /** Closes what is open and removes the server. Also what `await using` calls. */
  stop(): Promise<void>
}

/** A message store of a test's own, with connections to it. */
export interface TestDatabase<DB = MessageStoreDatabase> extends AsyncDisposable {
  readonly backend: Backend
  readonly db: Kysely<DB>
  /** A message store on {@link db}. */
  readonly store: MessageStore<DB>
  /** Where other processes reach it; `undefined` on PGlite, which lives in this one. */
  readonly connectionString: string | undefined
  /**
   * Another Kysely on the same database, with connections of its own, closed with the database.
   * PGlite has a single connection: there it is {@link db} again.
   */
  connect(options?: ConnectOptions): Kysely<DB>
  /** Closes every connection and drops the database. Also what `await using` calls. */
  close(): Promise<void>
}

/** How {@link TestDatabase.connect} connects. PGlite takes none of it. */
export interface ConnectOptions {
  /** The role to connect as. Default is the server's superuser. */
  readonly user?: string | undefined
  /** The role's password. Default is the superuser's. */
  readonly password?: string | undefined
  /** How many connections the pool may open. Default is 10. */
  readonly max?: number | undefined
}
