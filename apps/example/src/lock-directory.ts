import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Makes this process the only user of a directory: two PGlites on one directory would destroy it, and
 * PGlite does not look. The lock of a process that was killed is taken over.
 */
export async function lockDirectory(directory: string): Promise<AsyncDisposable> {
  const file = `${directory}.pid`
  await mkdir(dirname(file), { recursive: true })
  const owner = await ownerOf(file)
  if (owner !== undefined && isRunning(owner)) {
    throw new Error(
      `${directory} is in use by process ${owner}: stop it, or give another --data-dir. ` +
        `(If that process is something else, delete ${file})`,
    )
  }
  await rm(file, { force: true })
  await writeFile(file, String(process.pid), { flag: 'wx' })
  return { [Symbol.asyncDispose]: () => rm(file, { force: true }) }
}

async function ownerOf(file: string): Promise<number | undefined> {
  try {
    return Number(await readFile(file, 'utf8'))
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function isRunning(pid: number): boolean {
  try {
    // Signal 0 only asks.
    return process.kill(pid, 0)
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}
