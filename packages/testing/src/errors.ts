import { errorMessage } from './error-code.ts'

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

  constructor(packageName: string, options?: ErrorOptions & { readonly add?: string | undefined }) {
    super(
      `This part of @mdb/testing needs ${packageName}, which is not installed. ` +
        `Add it: npm install --save-dev ${options?.add ?? packageName}`,
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

/** A standby was waited for that follows nobody any more. */
export class StandbyPromotedError extends Error {
  readonly code = 'STANDBY_PROMOTED'
  override readonly name = 'StandbyPromotedError'

  constructor() {
    super(
      'This standby was promoted: it has a history of its own, and does not catch up with anybody',
    )
  }
}

/** No container could be had. The message says what the engine, or the search for one, said. */
export class ContainerError extends Error {
  readonly code = 'CONTAINER_FAILED'
  override readonly name = 'ContainerError'
  readonly image: string

  constructor(image: string, cause: unknown) {
    const reason = errorMessage(cause) || String(cause)
    super(
      `No container could be started from the image ${image}: ${reason} ` +
        'Is a container engine running, and can the image be pulled?',
      { cause },
    )
    this.image = image
  }
}

/** A server that was named by URL cannot be used for tests. The message says why, and what to do. */
export class ServerUnusableError extends Error {
  readonly code = 'SERVER_UNUSABLE'
  override readonly name = 'ServerUnusableError'
  /** The server's URL, without its password. */
  readonly url: string

  constructor(url: string, reason: string, options?: ErrorOptions) {
    super(`The server ${url} cannot be used for tests: ${reason}`, options)
    this.url = url
  }
}

/** A setting of the environment, or an option, that is none of the values it can have. */
export class InvalidSettingError extends Error {
  readonly code = 'INVALID_SETTING'
  override readonly name = 'InvalidSettingError'
  readonly setting: string

  constructor(setting: string, value: unknown, expected: string) {
    super(`${setting} is ${textOf(value)}; it must be ${expected}.`)
    this.setting = setting
  }
}

// JSON has no word for NaN and Infinity.
function textOf(value: unknown): string {
  return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? 'undefined')
}

/** A server or a database was used after it was stopped or closed. */
export class ServerStoppedError extends Error {
  readonly code = 'SERVER_STOPPED'
  override readonly name = 'ServerStoppedError'

  constructor() {
    super('This test server is stopped. Start another one.')
  }
}

const QUERY_LENGTH = 200

/** A connection that was open when its database was closed. */
export interface LeakedConnection {
  /** The server's process; `undefined` on PGlite. */
  readonly pid: number | undefined
  /** `mdb-testing` for one of `db` or of `connect()`, else what who opened it calls itself. */
  readonly applicationName: string
  readonly user: string
  /** What it did: `active`, `idle`, `idle in transaction`, … */
  readonly state: string
  /** The last query. */
  readonly query: string
}

/** When connections were found to be open, in the words of the error that says so. */
export type LeakMoment = 'the test database was closed' | 'a test ended'

/**
 * Connections were still open, or in use, when their database was closed; or in use when a test ended that
 * shares it with others. They are cut off now.
 */
export class LeakedConnectionError extends Error {
  readonly code = 'LEAKED_CONNECTION'
  override readonly name = 'LeakedConnectionError'
  readonly connections: readonly LeakedConnection[]

  constructor(
    connections: readonly LeakedConnection[],
    moment: LeakMoment = 'the test database was closed',
  ) {
    const lines = connections.map(describe)
    super(
      [
        `${connections.length} connection${connections.length === 1 ? ' was' : 's were'} still open ` +
          `when ${moment}. End transactions, stop subscriptions and close pools ` +
          "in the test that opens them, or say `leaks: 'cut'`:",
        ...lines,
      ].join('\n'),
    )
    this.connections = connections
  }
}

function describe({ pid, applicationName, user, state, query }: LeakedConnection): string {
  const name = applicationName || 'a connection without application_name'
  const who = pid === undefined ? name : `${name} (pid ${pid}, ${user})`
  const last = query.replaceAll(/\s+/g, ' ').trim().slice(0, QUERY_LENGTH)
  return last === '' ? `- ${who}: ${state}` : `- ${who}: ${state}, last query: ${last}`
}
