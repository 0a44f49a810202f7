import { createMessageStore } from '@mdb/core'
import { Kysely, PostgresDialect } from 'kysely'
import type { Pool } from 'pg'
import type { ConnectOptions, TestDatabase } from '../test-database.ts'
import type { Connect } from './connect.ts'

interface EmbeddedDatabaseOptions {
  readonly name: string
  readonly connectionString: string
  readonly connect: Connect
  /** Drops the database, once its connections are closed. */
  readonly drop: () => Promise<void>
}

/** A database of an embedded server, with the pools that were opened on it. */
export function embeddedDatabase<DB>(options: EmbeddedDatabaseOptions): TestDatabase<DB> {
  const opened: { readonly db: Kysely<DB>; readonly pool: Pool }[] = []
  const connect = (connectOptions?: ConnectOptions): Kysely<DB> => {
    const pool = options.connect(options.name, connectOptions)
    const db = new Kysely<DB>({ dialect: new PostgresDialect({ pool }) })
    opened.push({ db, pool })
    return db
  }

  let closing: Promise<void> | undefined
  const close = async (): Promise<void> => {
    closing ??= closeAll()
    return closing
  }
  const closeAll = async (): Promise<void> => {
    // Dropped first: a pool waits for the clients that are in use, and dropping cuts them off.
    await options.drop()
    await Promise.all(opened.map(async ({ db, pool }) => endPool(db, pool)))
  }

  const db = connect()
  return {
    backend: 'embedded',
    db,
    store: createMessageStore(db),
    connectionString: options.connectionString,
    connect,
    close,
    [Symbol.asyncDispose]: close,
  }
}

async function endPool<DB>(db: Kysely<DB>, pool: Pool): Promise<void> {
  const ended = db.destroy()
  // Ending waits for clients in use; one that a test never gave back, cut off as it is, would keep
  // it waiting for ever.
  if (pool.totalCount === pool.idleCount) await ended
}
