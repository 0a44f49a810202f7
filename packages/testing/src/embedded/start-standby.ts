import { appendFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { Kysely, PostgresDialect, sql } from 'kysely'
import type { Client } from 'pg'
import { connectTo, type PoolClass } from '../postgres/connect.ts'
import { databaseOf } from '../postgres/address.ts'
import type { ConnectOptions } from '../test-database.ts'
import { StandbyPromotedError } from '../errors.ts'
import { baseBackup, ownAs } from './base-backup.ts'
import { Cluster } from './cluster.ts'
import { freePort } from './free-port.ts'
import type { EmbeddedPackage } from './package.ts'
import { makeRunDirectory } from './run-directory.ts'
import type { EmbeddedStandby } from './standby.ts'
import { startWatchdog } from './watchdog.ts'

interface StandbyParts {
  readonly Postgres: EmbeddedPackage['default']
  readonly pg: { readonly Pool: PoolClass; readonly Client: new (address: string) => Client }
  readonly primary: {
    readonly address: string
    readonly dataDirectory: string
    readonly password: string
  }
  readonly flags: readonly string[]
}

/** Copies the primary's cluster and starts a server on it that follows the primary. */
export async function startStandby({
  Postgres,
  pg,
  primary,
  flags,
}: StandbyParts): Promise<EmbeddedStandby> {
  const runDirectory = await makeRunDirectory()
  const dataDirectory = join(runDirectory, 'data')
  const port = await freePort()
  const cluster = new Cluster(Postgres, {
    port,
    dataDirectory,
    password: primary.password,
    durable: false,
    postgresFlags: flags,
  })
  const dismiss = startWatchdog({ dataDirectory, removes: runDirectory })
  const opened: Kysely<unknown>[] = []
  // The primary keeps what the standby has yet to get, whatever is copied beside it or restarted.
  const slot = `mdb_standby_${port}`
  const onPrimary = async (query: (client: Client) => Promise<void>): Promise<void> => {
    const client = new pg.Client(primary.address)
    await client.connect()
    try {
      await query(client)
    } finally {
      await client.end()
    }
  }
  const letGo = async (): Promise<void> =>
    onPrimary(async (client) => {
      await client.query(
        'select pg_drop_replication_slot(slot_name) from pg_replication_slots where slot_name = $1',
        [slot],
      )
    })
  const end = async (): Promise<void> => {
    await Promise.all(opened.splice(0).map(async (db) => db.destroy()))
    await cluster.stop('fast')
    dismiss()
    await rm(runDirectory, { recursive: true, force: true })
    await letGo()
  }
  let ending: Promise<void> | undefined
  const stop = async (): Promise<void> => (ending ??= end())
  const open = <DB>(address: string, options?: Pick<ConnectOptions, 'max'>): Kysely<DB> => {
    const pool = connectTo(pg.Pool, address)(databaseOf(address), options)
    const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
    opened.push(db as Kysely<unknown>)
    return db
  }
  try {
    await onPrimary(async (client) => {
      await client.query('select pg_create_physical_replication_slot($1, true)', [slot])
      await baseBackup(client, primary.dataDirectory, dataDirectory)
    })
    await follow(primary, dataDirectory, slot)
    await cluster.start()
  } catch (error) {
    await stop()
    throw error
  }
  const here = open<unknown>(onPort(primary.address, port), { max: 1 })
  const there = open<unknown>(primary.address, { max: 1 })
  return {
    port,
    connect: (database, options) => open(onPort(database.connectionString ?? '', port), options),
    pauseReplay: async () => void (await sql`select pg_wal_replay_pause()`.execute(here)),
    resumeReplay: async () => void (await sql`select pg_wal_replay_resume()`.execute(here)),
    async caughtUp() {
      const { rows } = await sql<{
        at: string
      }>`select pg_current_wal_flush_lsn()::text as at`.execute(there)
      const replayed = sql<{ promoted: boolean; yes: boolean }>`
        select not pg_is_in_recovery() as promoted,
          pg_last_wal_replay_lsn() >= ${rows[0]?.at}::pg_lsn as yes`
      for (;;) {
        const { rows: found } = await replayed.execute(here)
        if (found[0]?.promoted === true) throw new StandbyPromotedError()
        if (found[0]?.yes === true) return
        await setTimeout(5)
      }
    },
    async restart({ mode = 'fast' } = {}) {
      await cluster.stop(mode)
      await cluster.start()
    },
    promote: async () => void (await sql`select pg_promote(true, 60)`.execute(here)),
    stop,
    [Symbol.asyncDispose]: stop,
  }
}

async function follow(
  { address, dataDirectory: from, password }: StandbyParts['primary'],
  dataDirectory: string,
  slot: string,
): Promise<void> {
  const { hostname, port, username } = new URL(address)
  const primary = `host=${hostname} port=${port} user=${username} password=${password}`
  await appendFile(
    join(dataDirectory, 'postgresql.auto.conf'),
    `primary_conninfo = '${primary}'\nprimary_slot_name = '${slot}'\n`,
  )
  await writeFile(join(dataDirectory, 'standby.signal'), '')
  await ownAs(dataDirectory, from)
}

function onPort(address: string, port: number): string {
  const url = new URL(address)
  url.port = String(port)
  return url.href
}
