import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import type { ConnectOptions, DatabaseOptions, TestDatabase, TestServer } from '@mdb/testing'
import { type Dialect, Kysely } from 'kysely'

/** Opens a driver on an address, as `postgres://role:password@host:port/database`. */
export type OpenDialect = (address: string, options: ConnectOptions) => Dialect

/** The same server, spoken to through another driver, or another way. */
export function onDriver(server: TestServer, open: OpenDialect): TestServer {
  return {
    ...server,
    async createDatabase<DB = MessageStoreDatabase>(options?: DatabaseOptions) {
      return onDriverToo(await server.createDatabase<DB>(options), open)
    },
  }
}

function onDriverToo<DB>(database: TestDatabase<DB>, open: OpenDialect): TestDatabase<DB> {
  const opened: Kysely<DB>[] = []
  const connect = (options: ConnectOptions = {}): Kysely<DB> => {
    const address = new URL(database.connectionString ?? '')
    if (options.user !== undefined) address.username = options.user
    if (options.password !== undefined) address.password = options.password
    const db = new Kysely<DB>({ dialect: open(address.href, options) })
    opened.push(db)
    return db
  }
  const close = async (): Promise<void> => {
    await Promise.all(opened.map(async (db) => db.destroy()))
    await database.close()
  }
  const db = connect()
  return {
    ...database,
    db,
    store: createMessageStore(db),
    connect,
    close,
    [Symbol.asyncDispose]: close,
  }
}
