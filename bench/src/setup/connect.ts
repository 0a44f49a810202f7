import pg from 'pg'

/** A connection whose end, when a database is dropped, is nobody's error. */
export async function connect(connectionString: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString })
  client.on('error', () => undefined)
  await client.connect()
  return client
}
