import { chown, cp, mkdir, readdir, stat, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Client } from 'pg'

// What belongs to the running server alone, or would be copied for nothing: PostgreSQL's own list for
// base backups, but for the folders, which have to be there.
const LEFT_OUT = new Set(['postmaster.pid', 'postmaster.opts', 'backup_label', 'tablespace_map'])
const EMPTY = new Set([
  'pg_wal',
  'pg_replslot',
  'pg_dynshmem',
  'pg_notify',
  'pg_serial',
  'pg_snapshots',
  'pg_stat_tmp',
  'pg_subtrans',
])

/**
 * Copies the cluster of a running server into a new directory, as `pg_basebackup` does, which npm's
 * package leaves out.
 */
export async function baseBackup(client: Client, from: string, to: string): Promise<void> {
  const { rows: versions } = await client.query<{ version: number }>(
    `select current_setting('server_version_num')::int as version`,
  )
  const isOld = (versions[0]?.version ?? 0) < 150_000
  await client.query(
    isOld ? `select pg_start_backup('mdb', true, false)` : `select pg_backup_start('mdb', true)`,
  )
  await copyCluster(from, to)
  const { rows } = await client.query<{ labelfile: string }>(
    isOld
      ? 'select labelfile from pg_stop_backup(false, false)'
      : 'select labelfile from pg_backup_stop(false)',
  )
  await writeFile(join(to, 'backup_label'), rows[0]?.labelfile ?? '')
}

/** Everything in a directory belongs to who owns another one: a server started by root runs as another. */
export async function ownAs(directory: string, like: string): Promise<void> {
  const { uid, gid } = await stat(like)
  if (uid === process.getuid?.()) return
  const names = await readdir(directory, { recursive: true })
  for (const name of ['', ...names]) await chown(join(directory, name), uid, gid)
}

async function copyCluster(from: string, to: string): Promise<void> {
  await mkdir(to, { mode: 0o700 })
  for (const name of await readdir(from)) {
    if (LEFT_OUT.has(name)) continue
    if (EMPTY.has(name)) await mkdir(join(to, name), { mode: 0o700 })
    else await copyLive(join(from, name), join(to, name))
  }
  await mkdir(join(to, 'pg_wal', 'archive_status'), { mode: 0o700 })
}

// Files come and go while the server runs; what is missing, the log brings again.
async function copyLive(from: string, to: string): Promise<void> {
  await cp(from, to, { recursive: true, filter: isThere })
}

async function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  )
}
