import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isNotFound } from '../is-not-found.ts'

const FILE = 'mdb-password'

/** The superuser's password in a data directory that was kept, or a new one. */
export async function readPassword(dataDirectory: string): Promise<string> {
  try {
    return await readFile(join(dataDirectory, FILE), 'utf8')
  } catch (error) {
    if (isNotFound(error)) return crypto.randomUUID()
    throw error
  }
}

/** Keeps the password beside the data that it opens, for the next start. */
export async function writePassword(dataDirectory: string, password: string): Promise<void> {
  await writeFile(join(dataDirectory, FILE), password, { mode: 0o600 })
}
