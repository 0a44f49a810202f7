import { mkdir, readFile, rename, stat, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { isNotFound } from '../is-not-found.ts'

/** Reads a file of this user's cache; `undefined` when it is not there. */
export async function readCache(name: string): Promise<Buffer<ArrayBuffer> | undefined> {
  const folder = await cacheFolder()
  if (folder === undefined) return undefined
  try {
    return await readFile(join(folder, name))
  } catch (error) {
    if (isNotFound(error)) return undefined
    throw error
  }
}

/** Writes a file of the cache in one step: who reads at the same time gets all of it, or none. */
export async function writeCache(name: string, content: Uint8Array): Promise<void> {
  const folder = await cacheFolder()
  if (folder === undefined) return
  const unfinished = join(folder, `${name}.${crypto.randomUUID()}`)
  await writeFile(unfinished, content)
  await rename(unfinished, join(folder, name))
}

/** A folder that only this user can write to; `undefined` when somebody else made it. */
async function cacheFolder(): Promise<string | undefined> {
  const { uid } = userInfo()
  const folder = join(tmpdir(), `mdb-testing-${uid}`)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const made = await stat(folder)
  // Windows has no user ids: -1 there.
  return uid === -1 || made.uid === uid ? folder : undefined
}
