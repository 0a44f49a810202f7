import type { Kysely } from 'kysely'
import type { ConnectOptions, TestDatabase } from '../test-database.ts'
import type { ShutdownMode } from './cluster.ts'

/** How {@link EmbeddedServer.startStandby} starts a standby. */
export interface StandbyOptions {
  /** More arguments for `postgres`. Default is none. */
  readonly postgresFlags?: readonly string[] | undefined
}

/** A hot standby of an embedded server: it replays what the primary writes, and can be read. */
export interface EmbeddedStandby extends AsyncDisposable {
  readonly port: number
  /** A Kysely on the standby's copy of a database, with connections of its own; closed by `stop`. */
  connect<DB>(database: TestDatabase<DB>, options?: Pick<ConnectOptions, 'max'>): Kysely<DB>
  /** Holds the replay: from now on the standby lags behind. */
  pauseReplay(): Promise<void>
  resumeReplay(): Promise<void>
  /**
   * Resolves when all that was committed on the primary before the call can be read here.
   *
   * @throws {StandbyPromotedError} when it is a standby no longer.
   */
  caughtUp(): Promise<void>
  /** Stops it and starts it on the same port. */
  restart(options?: { readonly mode?: ShutdownMode | undefined }): Promise<void>
  /** Makes it a primary of its own. It is one when this resolves. */
  promote(): Promise<void>
  stop(): Promise<void>
}
