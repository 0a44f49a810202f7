import { sql, type Kysely } from 'kysely'
import { errorCode, errorMessage } from '../error-code.ts'
import { StoreFileError, StoreNotEmptyError } from './errors.ts'
import { FIRST_LINE, readStoreFile, type StoredMessage } from './store-file.ts'

const BATCH = 5_000
// What the server says of values, and of what they must not be together.
const DATA_ERROR = /^2[23]/

/**
 * Loads a file of `recordStore` into an empty store, in one transaction: ids, positions, global
 * positions and times are as they were, and the next message is written after the last one.
 *
 * It inserts into the table, which needs its owner's rights or a superuser's, and locks it.
 *
 * @returns how many messages were loaded.
 * @throws {StoreFileError} when the file is damaged, cut off, or none of ours.
 * @throws {StoreNotEmptyError} when the store has messages.
 */
export async function loadStore<DB>(db: Kysely<DB>, file: string): Promise<number> {
  return db.transaction().execute(async (trx) => {
    await sql`lock table message_store.messages in share row exclusive mode`.execute(trx)
    const found = await sql`select from message_store.messages limit 1`.execute(trx)
    if (found.rows.length > 0) throw new StoreNotEmptyError()
    let count = 0
    let batch: StoredMessage[] = []
    const flush = async (): Promise<void> => {
      if (batch.length > 0) await insert(trx, batch).catch(damaged)
      batch = []
    }
    const damaged = (error: unknown): never => {
      if (!DATA_ERROR.test(errorCode(error) ?? '')) throw error
      const last = count - 1 + FIRST_LINE
      const lines = `lines ${last - batch.length + 1} to ${last}`
      throw new StoreFileError(file, `${lines}: ${errorMessage(error)}`, { cause: error })
    }
    for await (const message of readStoreFile(file)) {
      batch.push(message)
      count += 1
      if (batch.length === BATCH) await flush()
    }
    await flush()
    if (count > 0) {
      await sql`
        select setval(pg_get_serial_sequence('message_store.messages', 'global_position'),
          (select max(global_position) from message_store.messages))
      `.execute(trx)
    }
    return count
  })
}

async function insert<DB>(db: Kysely<DB>, batch: readonly StoredMessage[]): Promise<void> {
  await sql`
    insert into message_store.messages
      (id, stream_name, type, position, global_position, data, metadata, time)
    select (m->>0)::uuid, m->>1, m->>2, (m->>3)::bigint, (m->>4)::bigint,
      (m->>5)::jsonb, (m->>6)::jsonb, (m->>7)::timestamp
    from jsonb_array_elements(${JSON.stringify(batch)}::jsonb) as messages(m)
  `.execute(db)
}
