import type { Pool, PoolConfig } from 'pg'
import type { ConnectOptions } from '../test-database.ts'

/** Opens a pool on a database of the server. */
export type Connect = (database: string, options?: ConnectOptions) => Pool

interface ServerAddress {
  readonly port: number
  readonly password: string
}

const SUPERUSER = 'postgres'

/** Binds {@link Connect} to a server. */
export function connectTo(
  PgPool: new (config: PoolConfig) => Pool,
  { port, password }: ServerAddress,
): Connect {
  return (database, options = {}) => {
    const pool = new PgPool({
      host: '127.0.0.1',
      port,
      database,
      user: options.user ?? SUPERUSER,
      password: options.password ?? password,
      max: options.max ?? 10,
    })
    // Clients fail when the server restarts or the database is dropped: idle ones, which the pool
    // drops by itself, and those in use, whose user gets the error at the next query. Unheard, the
    // events would end the process.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    return pool
  }
}

/** The address of a database, for another process. */
export function connectionString({ port, password }: ServerAddress, database: string): string {
  return `postgres://${SUPERUSER}:${password}@127.0.0.1:${port}/${database}`
}
