import type { MessageStore, MessageStoreDatabase } from '@mdb/core'
import type { Kysely } from 'kysely'
import type { Faults } from './faults/faults.ts'

/**
 * What a server of `@mdb/testing` runs on: PGlite in this process, an embedded PostgreSQL, a
 * container by Testcontainers, or a server that runs already, by its URL.
 */
export type Backend = 'pglite' | 'embedded' | 'testcontainers' | 'url'

/**
 * A running server that makes message stores for tests.
 *
 * The contract of every adapter: `createDatabase` gives an empty store of Message DB that no other
 * database sees; any number may be open at a time. `stop` closes those that are still open, leaves
 * nothing running and nothing on disk, and may be called again.
 */
export interface TestServer extends AsyncDisposable {
  readonly backend: Backend
  /** What another process needs to make databases on this server: see `joinServer`. */
  readonly address: ServerAddress
  /** Makes a fresh, empty message store. `DB` names your own tables beside Message DB's. */
  createDatabase<DB = MessageStoreDatabase>(options?: DatabaseOptions): Promise<TestDatabase<DB>>
  /**
   * Closes what is open and removes the server. Also what `await using` calls.
   *
   * @throws {LeakedConnectionError} when a database that was open had one; all is gone nevertheless.
   */
  stop(): Promise<void>
}

/** Where a test server is, in a form that can be sent to another process. */
export type ServerAddress =
  | { readonly backend: 'pglite' }
  | {
      readonly backend: Exclude<Backend, 'pglite'>
      readonly connectionString: string
      /** The database that those of tests are cloned from. */
      readonly template: string
      /** The run that the server's databases are named after. */
      readonly run: string
    }

/** What becomes of a connection that is open when its database is closed: an error, or nothing. */
export type LeakPolicy = 'fail' | 'cut'

/** How {@link TestServer.createDatabase} makes a database. */
export interface DatabaseOptions {
  /**
   * What `close` does about connections that are still open or in use: `'fail'` cuts them off and
   * throws a `LeakedConnectionError` that names them, `'cut'` only cuts them off. Default is
   * `'fail'`.
   */
  readonly leaks?: LeakPolicy | undefined
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
   * PGlite has a single connection: there it is {@link db} again, or the same connection with faults.
   */
  connect(options?: ConnectOptions): Kysely<DB>
  /**
   * Notes which connections of {@link db} and of {@link connect} are held now. Call the function that it
   * returns to look again, around each of the tests that share the database: what was taken since and is still
   * held, by a transaction that was not ended, is cut off, and a `LeakedConnectionError` names it.
   */
  watchConnections(): () => Promise<void>
  /**
   * Closes every connection and drops the database. Also what `await using` calls.
   *
   * @throws {LeakedConnectionError} when somebody is still connected, or holds a connection; the
   *   database is gone nevertheless.
   */
  close(): Promise<void>
}

/** How {@link TestDatabase.connect} connects. PGlite takes `faults` alone. */
export interface ConnectOptions {
  /** The role to connect as. Default is the server's superuser. */
  readonly user?: string | undefined
  /** The role's password. Default is the superuser's. */
  readonly password?: string | undefined
  /** How many connections the pool may open. Default is 10. */
  readonly max?: number | undefined
  /** What goes wrong on these connections: see `planFaults`. PGlite takes it too. Default is nothing. */
  readonly faults?: Faults | undefined
}
