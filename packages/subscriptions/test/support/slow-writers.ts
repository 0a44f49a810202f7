import { createMessageStore, type MessageStoreDatabase } from '@mdb/core'
import type { TestDatabase } from '@mdb/testing'
import { sql, type Kysely } from 'kysely'

interface SlowWritersOptions {
  /** How many write at once, each on a connection of its own. */
  readonly writers: number
  /** How many transactions each makes. */
  readonly transactions: number
  /** The streams of a transaction, from the writer's number and the transaction's. */
  readonly streams: (writer: number, transaction: number) => readonly string[]
}

/**
 * Writers that hold their transactions open for some milliseconds after they wrote, and roll a fifth
 * of them back, a tenth to a savepoint only. Resolves to the ids of the messages that were committed.
 */
export async function slowWriters(
  database: TestDatabase,
  { writers, transactions, streams }: SlowWritersOptions,
): Promise<Set<string>> {
  const committed = new Set<string>()
  async function writer(number: number): Promise<void> {
    const db = database.connect({ max: 1 })
    for (let transaction = 0; transaction < transactions; transaction += 1) {
      const names = streams(number, transaction)
      const turn = (number + transaction) % 10
      const ids = await inTransaction(db, names, {
        hold: (number * 7 + transaction * 3) % 6,
        rollBack: turn < 2,
        savepoint: turn === 2,
      })
      for (const id of ids) committed.add(id)
    }
  }
  await Promise.all(Array.from({ length: writers }, (_, number) => writer(number)))
  return committed
}

interface Manner {
  /** Milliseconds between the last write and the commit. */
  readonly hold: number
  readonly rollBack: boolean
  readonly savepoint: boolean
}

async function inTransaction(
  db: Kysely<MessageStoreDatabase>,
  streamNames: readonly string[],
  { hold, rollBack, savepoint }: Manner,
): Promise<string[]> {
  const trx = await db.startTransaction().execute()
  const store = createMessageStore<MessageStoreDatabase>(trx)
  const ids: string[] = []
  if (savepoint) {
    await sql`savepoint before_it`.execute(trx)
    await store.writeMessage(streamNames[0] ?? 'none-1', { type: 'Undone', data: {} })
    await sql`rollback to savepoint before_it`.execute(trx)
  }
  for (const streamName of streamNames) {
    const { id } = await store.writeMessage(streamName, { type: 'Written', data: {} })
    ids.push(id)
  }
  await sql`select pg_sleep(${hold / 1000})`.execute(trx)
  if (rollBack) {
    await trx.rollback().execute()
    return []
  }
  await trx.commit().execute()
  return ids
}
