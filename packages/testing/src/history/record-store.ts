import { rename, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { sql, type Kysely } from 'kysely'
import { writeStoreFile, type StoredMessage } from './store-file.ts'

const PAGE = 5_000

interface Row {
  readonly id: string
  readonly stream_name: string
  readonly type: string
  readonly position: string
  readonly global_position: string
  readonly data: string | null
  readonly metadata: string | null
  readonly time: string
}

/**
 * Records a store to a file: every message with its id, positions and time, as it is. `loadStore` gives
 * them back. It is read in one transaction, which sees what was committed when it began; a transaction of
 * yours is read as it sees the store.
 *
 * @example
 * ```ts
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { startServer } from '@mdb/testing'
 * import { loadStore, recordStore } from '@mdb/testing/history'
 *
 * await using server = await startServer()
 * await using one = await server.createDatabase()
 * await one.store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: { delay: 12 } })
 * const file = join(tmpdir(), 'flights.ndjson.gz')
 * console.log(await recordStore(one.db, file)) // 1
 *
 * await using other = await server.createDatabase()
 * console.log(await loadStore(other.db, file)) // 1
 * console.log(await other.store.streamVersion('airport-SEA')) // 0n
 * ```
 *
 * @param file is replaced when all is written; compressed when its name ends in `.gz`.
 * @returns how many messages there were.
 */
export async function recordStore<DB>(db: Kysely<DB>, file: string): Promise<number> {
  // In place only when it is whole: a failure leaves a recording that was there before.
  const unfinished = join(dirname(file), `.${crypto.randomUUID()}-${basename(file)}`)
  try {
    const count = await inOneSnapshot(db, (at) => writeStoreFile(unfinished, storedMessages(at)))
    await rename(unfinished, file)
    return count
  } finally {
    await rm(unfinished, { force: true })
  }
}

/** What is written meanwhile is in none of the pages, and not in some of them. */
async function inOneSnapshot<DB, T>(
  db: Kysely<DB>,
  run: (db: Kysely<DB>) => Promise<T>,
): Promise<T> {
  if (db.isTransaction) return run(db)
  const reading = db.transaction().setIsolationLevel('repeatable read').setAccessMode('read only')
  return reading.execute(run)
}

async function* storedMessages<DB>(db: Kysely<DB>): AsyncGenerator<StoredMessage> {
  let after = '0'
  for (;;) {
    const { rows } = await sql<Row>`
      select id::text, stream_name, type, position::text, global_position::text,
        data::text, metadata::text, time::text
      from message_store.messages where global_position > ${after}::bigint
      order by messages.global_position limit ${sql.lit(PAGE)}
    `.execute(db)
    for (const row of rows) {
      const { id, stream_name, type, position, global_position, data, metadata, time } = row
      yield [id, stream_name, type, position, global_position, data, metadata, time]
    }
    after = rows.at(-1)?.global_position ?? after
    if (rows.length < PAGE) return
  }
}
