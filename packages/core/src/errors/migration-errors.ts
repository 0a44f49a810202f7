import { MessageStoreError } from './message-store-error.ts'

/** The role may not install, upgrade or index Message DB. Nothing was changed. */
export class InstallationPermissionError extends MessageStoreError {
  override readonly name = 'InstallationPermissionError'
  readonly code = 'INSTALLATION_PERMISSION'
  /** The role that tried. */
  readonly role: string
  /** What somebody who may must run. */
  readonly command: string

  constructor(details: { role: string; problem: string; command: string }, options?: ErrorOptions) {
    const { role, problem, command } = details
    super(
      `Role ${JSON.stringify(role)} ${problem}. Have an administrator run: ${command} Then try again.`,
      options,
    )
    this.role = role
    this.command = command
  }
}

/** The store has a version that there is no upgrade from. Nothing was changed. */
export class UnknownMessageStoreVersionError extends MessageStoreError {
  override readonly name = 'UnknownMessageStoreVersionError'
  readonly code = 'UNKNOWN_MESSAGE_STORE_VERSION'
  readonly version: string
  /** The version that the store would have been upgraded to. */
  readonly target: string

  constructor(version: string, target: string, options?: ErrorOptions) {
    super(
      `The store says that it is Message DB ${JSON.stringify(version)}. Upgrades are known from 1.0.0 to ${target}: upgrade it with Message DB's own scripts, or use a newer @mdb/core.`,
      options,
    )
    this.version = version
    this.target = target
  }
}

/** The store holds messages, and what was asked would have deleted them. Nothing was changed. */
export class MessageStoreNotEmptyError extends MessageStoreError {
  override readonly name = 'MessageStoreNotEmptyError'
  readonly code = 'MESSAGE_STORE_NOT_EMPTY'

  constructor(options?: ErrorOptions) {
    super(
      `Table message_store.messages holds messages, so the migration is not undone. Stay at this migration; or, if the messages are not needed, run yourself: DROP SCHEMA message_store CASCADE;`,
      options,
    )
  }
}

/** An index cannot be built or dropped concurrently in a transaction. Nothing was sent. */
export class ConcurrentlyInTransactionError extends MessageStoreError {
  override readonly name = 'ConcurrentlyInTransactionError'
  readonly code = 'CONCURRENTLY_IN_TRANSACTION'

  constructor(call: string, options?: ErrorOptions) {
    super(
      `${call} works concurrently, which PostgreSQL does not do in a transaction. Call it with the Kysely outside the transaction, or pass { concurrently: false }, which blocks writes until it is done.`,
      options,
    )
  }
}

/** Two migration providers have a migration of the same name. */
export class DuplicateMigrationError extends MessageStoreError {
  override readonly name = 'DuplicateMigrationError'
  readonly code = 'DUPLICATE_MIGRATION'
  readonly migrationName: string

  constructor(migrationName: string, options?: ErrorOptions) {
    super(
      `Two of the merged providers have a migration named ${JSON.stringify(migrationName)}. Rename yours, or give messageStoreMigrations another prefix.`,
      options,
    )
    this.migrationName = migrationName
  }
}
