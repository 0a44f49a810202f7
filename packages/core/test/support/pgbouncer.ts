import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { access, chown, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { delimiter, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
// Debian puts it where only root's PATH leads.
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin']

/** A PgBouncer binary: `version` as 1.24. */
export interface PgBouncerBinary {
  readonly path: string
  readonly version: number
}

/** Finds a PgBouncer; `undefined` where there is none. */
export async function findPgBouncer(): Promise<PgBouncerBinary | undefined> {
  for (const folder of FOLDERS) {
    const path = join(folder, 'pgbouncer')
    const there = await access(path).then(
      () => true,
      () => false,
    )
    if (!there) continue
    const { stdout } = await run(path, ['--version'])
    const [, major = '0', minor = '0'] = /PgBouncer (\d+)\.(\d+)/.exec(stdout) ?? []
    return { path, version: Number(major) + Number(minor) / 100 }
  }
  return undefined
}

/** How {@link startPgBouncer} starts. */
export interface PgBouncerOptions {
  /** The server behind it, as `postgres://superuser:password@127.0.0.1:port/database`. */
  readonly server: string
  /** How many connections to the server each pair of a database and a role shares. */
  readonly poolSize: number
  /** Passwords of further roles that may connect. Default is none. */
  readonly roles?: Readonly<Record<string, string>> | undefined
}

/** A running PgBouncer in transaction mode. */
export interface PgBouncer extends AsyncDisposable {
  readonly port: number
}

/** Starts PgBouncer in transaction mode in front of a server, not as root, on a free port. */
export async function startPgBouncer(
  binary: PgBouncerBinary,
  options: PgBouncerOptions,
): Promise<PgBouncer> {
  const owner = userInfo().uid === 0 ? await idsOf('nobody') : undefined
  const folder = await mkdtemp(join(tmpdir(), 'mdb-pgbouncer-'))
  const port = await freePort()
  const users = join(folder, 'users.txt')
  const config = join(folder, 'pgbouncer.ini')
  await writeFile(users, usersFile(options), { mode: 0o600 })
  await writeFile(config, configFile(binary, options, port, users), { mode: 0o600 })
  if (owner !== undefined) {
    for (const file of [folder, users, config]) await chown(file, owner.uid, owner.gid)
  }

  // What it logs tells when it listens, and why it does not.
  const child = spawn(binary.path, [config], { ...owner, stdio: ['ignore', 'ignore', 'pipe'] })
  const exit = once(child, 'exit')
  let log = ''
  const up = new Promise<void>((resolve) => {
    child.stderr.on('data', (chunk) => {
      log += String(chunk)
      if (log.includes('process up')) resolve()
    })
  })
  await Promise.race([
    up,
    exit.then(() => {
      throw new Error(`PgBouncer did not start:\n${log}`)
    }),
  ])
  return {
    port,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL')
      await exit
      await rm(folder, { recursive: true, force: true })
    },
  }
}

function usersFile({ server, roles = {} }: PgBouncerOptions): string {
  const { username, password } = new URL(server)
  return Object.entries({ [username]: password, ...roles })
    .map(([role, secret]) => `"${role}" "${secret}"\n`)
    .join('')
}

function configFile(
  { version }: PgBouncerBinary,
  { server, poolSize }: PgBouncerOptions,
  port: number,
  users: string,
): string {
  return `[databases]
* = host=127.0.0.1 port=${new URL(server).port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${users}
pool_mode = transaction
default_pool_size = ${poolSize}
max_client_conn = 1000
${version < PREPARED_SINCE ? '' : 'max_prepared_statements = 100'}
`
}

/** The version from which PgBouncer knows prepared statements in transaction mode. */
export const PREPARED_SINCE = 1.21

async function idsOf(user: string): Promise<{ uid: number; gid: number }> {
  const [uid, gid] = await Promise.all(
    ['-u', '-g'].map(async (flag) => Number((await run('id', [flag, user])).stdout)),
  )
  return { uid: uid ?? -1, gid: gid ?? -1 }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}
