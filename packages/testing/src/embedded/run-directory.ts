import { chmod, mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { isAlive } from '../is-alive.ts'
import { isNotFound } from '../is-not-found.ts'
import { within } from '../within.ts'

const PREFIX = 'mdb-postgres-'

// Five seconds after a server was told to quit it kills what of it has not.
const QUIT_WITHIN = 10_000

/** Makes a directory for a server, named after the process that answers for it. */
export async function makeRunDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), `${PREFIX}${process.pid}-`))
  // A server started by root runs as another user, who must get in.
  await chmod(directory, 0o755)
  return directory
}

/** Ends the servers, and removes the directories, whose process was killed before it could. */
export async function sweepRunDirectories(): Promise<void> {
  const names = await readdir(tmpdir())
  await Promise.all(
    names.map(async (name) => {
      const owner = ownerOf(name)
      if (owner === undefined || isAlive(owner)) return
      const directory = join(tmpdir(), name)
      if (!(await isOurs(directory))) return
      await killPostmaster(join(directory, 'data'))
      await rm(directory, { recursive: true, force: true })
    }),
  )
}

/** What another user left is for that user to remove. */
async function isOurs(directory: string): Promise<boolean> {
  const { uid } = userInfo()
  try {
    // Windows has no user ids: -1 there.
    return uid === -1 || (await stat(directory)).uid === uid
  } catch (error) {
    // Somebody else sweeps too.
    if (isNotFound(error)) return false
    throw error
  }
}

function ownerOf(name: string): number | undefined {
  const match = new RegExp(`^${PREFIX}(\\d+)-`).exec(name)
  return match?.[1] === undefined ? undefined : Number(match[1])
}

async function killPostmaster(dataDirectory: string): Promise<void> {
  const text = await readFile(join(dataDirectory, 'postmaster.pid'), 'utf8').catch(() => '')
  const [pid, directory] = text.split('\n')
  // The file of a copied directory would name another server.
  if (directory !== dataDirectory || !isAlive(Number(pid))) return
  process.kill(Number(pid), 'SIGQUIT')
  await within(async () => !isAlive(Number(pid)), QUIT_WITHIN)
}
