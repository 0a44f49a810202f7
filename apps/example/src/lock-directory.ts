import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

/** A process that is being killed holds its lock for a moment yet. */
const patience = 2_000

/**
 * Makes this process the only user of a directory: two PGlites on one directory would destroy it, and
 * PGlite does not look. Node has no file locks, but SQLite has: the operating system gives them back
 * however the process ends, so nothing is left to clean up after a SIGKILL.
 */
export async function lockDirectory(directory: string): Promise<Disposable> {
  await mkdir(dirname(directory), { recursive: true })
  const lock = new DatabaseSync(`${directory}.lock`, { timeout: patience })
  try {
    lock.exec('begin exclusive')
  } catch (error) {
    lock.close()
    throw new Error(`${directory} is in use by another process; --data-dir names another place`, {
      cause: error,
    })
  }
  return { [Symbol.dispose]: () => lock.close() }
}
