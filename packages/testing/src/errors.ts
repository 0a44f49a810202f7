/**
 * A package that a backend stands on is not installed.
 *
 * @example
 * ```ts
 * import { MissingPeerError } from '@mdb/testing'
 *
 * console.log(new MissingPeerError('@electric-sql/pglite').message)
 * ```
 */
export class MissingPeerError extends Error {
  readonly code = 'MISSING_PEER'
  override readonly name = 'MissingPeerError'
  /** The package to add. */
  readonly packageName: string

  constructor(packageName: string, options?: ErrorOptions) {
    super(
      `This backend of @mdb/testing needs ${packageName}, which is not installed. ` +
        `Add it: npm install --save-dev ${packageName}`,
      options,
    )
    this.packageName = packageName
  }
}

/** A server did not start. The message ends with what the server itself said last. */
export class ServerStartError extends Error {
  readonly code = 'SERVER_START_FAILED'
  override readonly name = 'ServerStartError'
  /** The last lines of the server's log. */
  readonly log: readonly string[]

  constructor(log: readonly string[], options?: ErrorOptions) {
    super(['PostgreSQL did not start. Its log ends with:', ...log].join('\n'), options)
    this.log = log
  }
}

/** A server or a database was used after it was stopped or closed. */
export class ServerStoppedError extends Error {
  readonly code = 'SERVER_STOPPED'
  override readonly name = 'ServerStoppedError'

  constructor() {
    super('This test server is stopped. Start another one.')
  }
}
