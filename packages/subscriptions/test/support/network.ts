import { execFile, execFileSync, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { type EmbeddedServer, startEmbeddedPostgres } from '@mdb/testing/embedded'

const run = promisify(execFile)

/** A host of its own as far as the network goes: a namespace, with a cable to the server. */
export interface Host {
  readonly name: string
  /** What to put before a command that is to run there. */
  readonly command: readonly string[]
  /** The cable is out: packets are lost in both directions, and nobody is told. */
  cut(): Promise<void>
  mend(): Promise<void>
  /**
   * It has another address from now on, as behind a router that began anew: what is connected stays
   * so in its eyes, and hears nothing any more, not even a refusal.
   */
  move(): Promise<void>
}

export interface Network extends AsyncDisposable {
  readonly hosts: readonly Host[]
  readonly server: EmbeddedServer
  /** The same database, as the hosts reach it. */
  reach(connectionString: string): string
}

/** Why there can be no hosts here; undefined when there can. */
export function whyNoHosts(): string | undefined {
  if (!('AsyncDisposableStack' in globalThis)) return 'they need Node 24 or newer'
  if (process.platform !== 'linux') return 'network namespaces are Linux’s'
  if (process.getuid?.() !== 0) return 'network namespaces take root'
  const probe = `mdb${process.pid}`
  try {
    execFileSync('ip', ['netns', 'add', probe], { stdio: 'pipe' })
    execFileSync('ip', ['netns', 'del', probe], { stdio: 'pipe' })
    return undefined
  } catch (error) {
    return `ip netns add does not work here: ${String(error).trim()}`
  }
}

// Reserved for measurements of networks. By process id, for suites that run side by side.
const subnet = `198.18.${process.pid % 250}`
const gateway = `${subnet}.1`

// Names of interfaces have 15 characters at most.
const bridge = `mdb${process.pid}`

/** A switch with so many hosts on it, and PostgreSQL, which listens on it too. */
export async function startNetwork(count: number): Promise<Network> {
  const names = Array.from({ length: count }, (_, index) => `${bridge}h${index}`)
  const dismiss = startJanitor(names)
  const ip = async (...args: readonly string[]): Promise<unknown> => run('ip', args)
  const directory = await mkdtemp(join(tmpdir(), 'mdb-network-'))
  try {
    await ip('link', 'add', bridge, 'type', 'bridge')
    await ip('addr', 'add', `${gateway}/24`, 'dev', bridge)
    await ip('link', 'set', bridge, 'up')
    const hosts: Host[] = []
    for (const [index, name] of names.entries()) hosts.push(await addHost(name, index))
    const server = await startEmbeddedPostgres({ postgresFlags: await listening(directory) })
    return {
      hosts,
      server,
      reach(connectionString) {
        const url = new URL(connectionString)
        url.hostname = gateway
        return url.href
      },
      async [Symbol.asyncDispose]() {
        await server.stop()
        await rm(directory, { recursive: true })
        await dismiss()
      },
    }
  } catch (error) {
    await rm(directory, { recursive: true })
    await dismiss()
    throw error
  }
}

async function addHost(name: string, index: number): Promise<Host> {
  const addresses = [`${subnet}.${index + 2}/24`, `${subnet}.${index + 102}/24`]
  const within = (...args: readonly string[]): string[] => ['-n', name, ...args]
  await run('ip', ['netns', 'add', name])
  await run('ip', ['link', 'add', name, 'type', 'veth', 'peer', 'name', 'eth0', 'netns', name])
  await run('ip', ['link', 'set', name, 'master', bridge, 'up'])
  await run('ip', within('addr', 'add', addresses[0]!, 'dev', 'eth0'))
  await run('ip', within('link', 'set', 'eth0', 'up'))
  return {
    name,
    command: ['ip', 'netns', 'exec', name],
    cut: async () => void (await run('ip', ['link', 'set', name, 'down'])),
    mend: async () => void (await run('ip', ['link', 'set', name, 'up'])),
    async move() {
      addresses.reverse()
      await run('ip', within('addr', 'del', addresses[1]!, 'dev', 'eth0'))
      await run('ip', within('addr', 'add', addresses[0]!, 'dev', 'eth0'))
    },
  }
}

async function listening(directory: string): Promise<readonly string[]> {
  await chmod(directory, 0o755)
  const rules = join(directory, 'pg_hba.conf')
  await writeFile(
    rules,
    `host all all 127.0.0.1/32 password\nhost all all ${subnet}.0/24 password\n`,
  )
  // One that is cut off while it logs in holds every other one up that makes or drops a database.
  const impatient = ['-c', 'authentication_timeout=5s']
  return [...impatient, '-c', `listen_addresses=127.0.0.1,${gateway}`, '-c', `hba_file=${rules}`]
}

// At the end of its input, whichever way this process ends, nothing is left of the network.
const SCRIPT = `
read -r line
for name in "$@"; do
  ip netns pids "$name" 2>/dev/null | xargs -r kill -9
  ip link del "$name" 2>/dev/null
  ip netns del "$name" 2>/dev/null
done
ip link del "$0" 2>/dev/null
exit 0
`

/** Returns what to call to have all removed. */
function startJanitor(names: readonly string[]): () => Promise<void> {
  const janitor = spawn('sh', ['-c', SCRIPT, bridge, ...names], {
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  const gone = new Promise<void>((resolve) => janitor.once('exit', () => resolve()))
  return async () => {
    janitor.stdin.end()
    await gone
  }
}
