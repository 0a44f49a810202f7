import type { Pool, PoolConfig } from 'pg'
import type { ConnectOptions } from '../test-database.ts'
import { asRole, onDatabase } from './address.ts'

/** Opens a pool on a database of the server. */
export type Connect = (database: string, options?: ConnectOptions) => Pool

export type PoolClass = new (config: PoolConfig) => Pool

/** Binds {@link Connect} to a server. */
export function connectTo(PgPool: PoolClass, address: string): Connect {
  return (database, { user, password, max = 10 } = {}) => {
    const connectionString = asRole(onDatabase(address, database), { user, password })
    const pool = new PgPool({ connectionString, max, application_name: 'mdb-testing' })
    // Clients fail when the server restarts or the database is dropped: idle ones, which the pool
    // drops by itself, and those in use, whose user gets the error at the next query. Unheard, the
    // events would end the process.
    pool.on('error', () => undefined)
    pool.on('connect', (client) => client.on('error', () => undefined))
    return pool
  }
}
