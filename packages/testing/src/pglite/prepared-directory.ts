import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import type { PGlite } from '@electric-sql/pglite'
import { installMessageStore } from '@mdb/core/migration'
import { Kysely, PGliteDialect } from 'kysely'
import type { Prepare } from '../prepare.ts'
import { readCache, writeCache } from './cache.ts'

type PGliteClass = typeof PGlite

/**
 * A PGlite data directory, as a tar file, that holds Message DB and no messages. Made once and kept
 * on disk: to run initdb and the installation takes seconds, to unpack this a fraction of one.
 */
export async function preparedDirectory(
  pglite: PGliteClass,
  prepare: Prepare | undefined,
): Promise<Blob> {
  const directory = await cachedDirectory(pglite)
  return prepare === undefined ? directory : fill(pglite, directory, prepare)
}

async function cachedDirectory(pglite: PGliteClass): Promise<Blob> {
  const file = `pglite-${await fingerprint()}.tar`
  const cached = await readCache(file)
  if (cached !== undefined) return new Blob([cached])
  const made = await fill(pglite, undefined, async (db) => void (await installMessageStore(db)))
  await writeCache(file, new Uint8Array(await made.arrayBuffer()))
  return made
}

async function fill(
  pglite: PGliteClass,
  directory: Blob | undefined,
  prepare: Prepare,
): Promise<Blob> {
  const instance = await pglite.create(directory === undefined ? {} : { loadDataDir: directory })
  const db = new Kysely<never>({ dialect: new PGliteDialect({ pglite: instance }) })
  await prepare(db)
  const dump = await instance.dumpDataDir('none')
  await instance.close()
  return dump
}

/** Another PGlite or another Message DB makes another directory. */
async function fingerprint(): Promise<string> {
  const require = createRequire(import.meta.url)
  const core = createRequire(require.resolve('@mdb/core/package.json'))
  const manifests = await Promise.all([
    // PGlite's exports hide its manifest: its entry file, which each version changes, stands for it.
    readFile(require.resolve('@electric-sql/pglite')),
    readFile(core.resolve('@eventide/message-db/package.json')),
  ])
  const hash = createHash('sha256')
  for (const manifest of manifests) hash.update(manifest)
  return hash.digest('hex').slice(0, 16)
}
