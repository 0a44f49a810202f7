import { createMessageStore } from '@mdb/core'
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool, PoolClient } from 'pg'
import { faultyDialect, type FaultTools } from '../faults/faulty-dialect.ts'
import { takeLeases } from '../faults/take-leases.ts'
import { Holds } from '../holds.ts'
import { LeakedConnectionError, type LeakedConnection } from '../errors.ts'
import type { Backend, ConnectOptions, LeakPolicy, TestDatabase } from '../test-database.ts'
import type { Connect } from './connect.ts'

interface PostgresDatabaseOptions {
  readonly backend: Backend
  readonly name: string
  readonly connectionString: string
  readonly connect: Connect
  readonly leaks: LeakPolicy
  /** Who is connected although the pools were ended. */
  readonly findLeaks: () => Promise<readonly LeakedConnection[]>
  /** Who is connected now. */
  readonly connections: () => Promise<readonly LeakedConnection[]>
  /** Ends a session of the server. */
  readonly terminate: (pid: number) => Promise<void>
  /** Drops the database, and cuts off who is connected. */
  readonly drop: () => Promise<void>
  /** Drops it some time before the server is stopped. */
  readonly dropLater: () => void
}

/** A database of a PostgreSQL server, with the pools that were opened on it. */
export function postgresDatabase<DB>(options: PostgresDatabaseOptions): TestDatabase<DB> {
  const opened: { readonly db: Kysely<DB>; readonly pool: Pool }[] = []
  const holds = new Holds<PoolClient>()
  const connect = (connectOptions?: ConnectOptions): Kysely<DB> => {
    const pool = options.connect(options.name, connectOptions)
    pool.on('acquire', (client) => holds.taken(client))
    pool.on('release', (_, client) => holds.givenBack(client))
    const dialect = new PostgresDialect({ pool })
    const { faults } = connectOptions ?? {}
    const db = new Kysely<DB>({
      dialect: faults === undefined ? dialect : faultyDialect(dialect, faults, tools),
    })
    opened.push({ db, pool })
    return db
  }
  const tools: FaultTools = {
    terminate: options.terminate,
    takeLease: async () => takeLeases(db),
  }

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closing ??= closeAll()
    return closing
  }
  const findLeaks = async (): Promise<readonly LeakedConnection[]> => {
    try {
      return await options.findLeaks()
    } catch (error) {
      await options.drop()
      throw error
    }
  }
  const closeAll = async (): Promise<void> => {
    const ending = opened.map(({ db, pool }) => endPool(db, pool))
    await Promise.all(ending.filter(({ idle }) => idle).map(({ ended }) => ended))
    const leaks = options.leaks === 'fail' ? await findLeaks() : undefined
    // Where nobody is connected any more, a test need not wait for it: the server does, when it stops.
    if (leaks?.length === 0) return options.dropLater()
    await options.drop()
    if (leaks !== undefined) throw new LeakedConnectionError(leaks)
  }

  const db = connect()
  return {
    backend: options.backend,
    db,
    store: createMessageStore(db),
    connectionString: options.connectionString,
    connect,
    watchConnections() {
      const held = holds.watch()
      return async () => cutOff(await held(), holds, options)
    },
    close,
    [Symbol.asyncDispose]: close,
  }
}

/** @throws {LeakedConnectionError} which names those that the server still has. */
async function cutOff(
  held: readonly HeldClient[],
  holds: Holds<PoolClient>,
  { connections, terminate }: Pick<PostgresDatabaseOptions, 'connections' | 'terminate'>,
): Promise<void> {
  if (held.length === 0) return
  const pids = new Set<number | undefined | null>(held.map(({ processID }) => processID))
  const leaked = (await connections()).filter(({ pid }) => pids.has(pid))
  await Promise.all(leaked.map(async ({ pid }) => pid !== undefined && terminate(pid)))
  // Their places in the pools are for others. Who ran still may have given its own back meanwhile.
  const still = new Set(holds.now())
  for (const client of held) if (still.has(client)) client.release(true)
  if (leaked.length > 0) throw new LeakedConnectionError(leaked, 'a test ended')
}

/** The types of pg lack the server's process. */
type HeldClient = PoolClient & { readonly processID?: number | null }

/**
 * Ends a pool. Ending waits for clients in use; one that a test never gives back would keep it
 * waiting for ever, so only a pool without such is waited for.
 */
function endPool<DB>(
  db: Kysely<DB>,
  pool: Pool,
): { readonly idle: boolean; readonly ended: Promise<void> } {
  const ended = db.destroy()
  return { idle: pool.totalCount === pool.idleCount, ended }
}
