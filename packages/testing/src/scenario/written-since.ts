import type { Message, MessageStore } from '@mdb/core'
import { sql, type Kysely } from 'kysely'

/** The messages after a global position, of all streams, as the store reads them. */
export async function writtenSince<DB>(
  db: Kysely<DB>,
  store: MessageStore<DB>,
  since: bigint,
): Promise<readonly Message[]> {
  const { rows } = await sql<{ name: string; first: string }>`
    select stream_name as name, min(position)::text as first from message_store.messages
    where global_position > ${String(since)}::bigint group by stream_name
  `.execute(db)
  const pages = await Promise.all(
    rows.map(async ({ name, first }) =>
      store.getStreamMessages(name, { position: BigInt(first), batchSize: 'unlimited' }),
    ),
  )
  return pages.flat().toSorted((a, b) => (a.globalPosition < b.globalPosition ? -1 : 1))
}
