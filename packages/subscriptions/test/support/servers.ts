import { createMessageStore, type MessageStore, type MessageStoreDatabase } from '@mdb/core'
import type { TestDatabase } from '@mdb/testing'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'

/** The same database on the server of another port. */
export function onPort(database: TestDatabase, port: number): string {
  const url = new URL(database.connectionString ?? '')
  url.port = String(port)
  return url.href
}

export interface OneAddress extends AsyncDisposable {
  readonly store: MessageStore<MessageStoreDatabase>
  /** The SQL of all that was sent. */
  readonly sent: string[]
  /** Resolves when nothing is under way on a server that no new connection goes to. */
  left(address: string): Promise<void>
}

/** A message store whose connections go where the function says, as behind a balancer. */
export function oneAddress(addressOf: () => string): OneAddress {
  const sent: string[] = []
  const pools = new Map<string, pg.Pool>()
  const poolOf = (connectionString: string): pg.Pool => {
    const known = pools.get(connectionString)
    if (known !== undefined) return known
    const pool = new pg.Pool({ connectionString })
    pool.on('error', () => undefined)
    pools.set(connectionString, pool)
    return pool
  }
  const end = async (): Promise<void> =>
    void (await Promise.all([...pools.values()].map((pool) => pool.end())))
  const pool = { connect: () => poolOf(addressOf()).connect(), end }
  const db = new Kysely<MessageStoreDatabase>({
    dialect: new PostgresDialect({ pool: pool as unknown as pg.Pool }),
    log: ({ query }) => void sent.push(query.sql),
  })
  const left = async (address: string): Promise<void> => {
    const old = poolOf(address)
    const isBusy = (): boolean => old.waitingCount > 0 || old.idleCount < old.totalCount
    while (isBusy()) await new Promise((resolve) => setImmediate(resolve))
  }
  return { store: createMessageStore(db), sent, left, [Symbol.asyncDispose]: () => db.destroy() }
}
