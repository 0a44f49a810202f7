import { sql, type Kysely } from 'kysely'

/**
 * Writes a backlog in one statement: so many messages over 64 streams of a category, `{ n }` from 1,
 * correlated to `elsewhere-1`.
 */
export async function writeBacklog<DB>(
  db: Kysely<DB>,
  category: string,
  count: number,
): Promise<void> {
  await sql`
    insert into message_store.messages (stream_name, type, position, data, metadata)
    select ${category}::text || '-' || n % 64, 'Counted', n / 64,
      jsonb_build_object('n', n), '{"correlationStreamName": "elsewhere-1"}'
    from generate_series(1, ${count}::integer) as n
  `.execute(db)
}
