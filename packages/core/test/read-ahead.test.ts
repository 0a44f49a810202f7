import { createMessageStore, type MessageStore, plainJson } from '@mdb/core'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { messageStoreTest } from '@mdb/testing/vitest'
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import { expect } from 'vitest'

const test = messageStoreTest({ start: async () => startEmbeddedPostgres() })
const page = [1, 2]
const messages = [1, 2, 3, 4].map((n) => ({ type: 'A', data: { n } }))

/** A store on one connection, that notes when the connection gets a query and when a message is decoded. */
function observed(connectionString: string | undefined, log: string[]): MessageStore<object> {
  const pool = new pg.Pool({ connectionString, max: 1 })
  pool.on('connect', (client) => {
    const query = client.query.bind(client) as (...given: unknown[]) => unknown
    client.query = ((...given: unknown[]) => {
      log.push('query')
      return query(...given)
    }) as typeof client.query
  })
  const parse = (text: string): unknown => {
    const data = plainJson.parse(text) as { readonly n: number }
    log.push(`decoded ${data.n}`)
    return data
  }
  const db = new Kysely<object>({ dialect: new PostgresDialect({ pool }) })
  return createMessageStore(db, { json: { ...plainJson, parse } })
}

// The server reads a page while the client decodes the one before, or each waits for the other.
test('a page is on its way before the one before it is decoded', async ({ store, database }) => {
  await store.writeMessages('airport-SEA', messages)
  const log: string[] = []
  const own = observed(database.connectionString, log)
  const options = { batchSize: page.length, limit: messages.length }
  for await (const _ of own.readCategory('airport', options));
  expect(log).toEqual(['query', 'query', 'decoded 1', 'decoded 2', 'decoded 3', 'decoded 4'])
  await own.db.destroy()
})

test('so is what is asked for when the rows are there', async ({ store, database }) => {
  await store.writeMessages('airport-SEA', messages)
  const log: string[] = []
  const own = observed(database.connectionString, log)
  let next: Promise<unknown> | undefined
  await own.getCategoryMessages('airport', {
    batchSize: page.length,
    onRows: () => void (next = own.streamVersion('airport-SEA')),
  })
  expect(log).toEqual(['query', 'query', 'decoded 1', 'decoded 2'])
  await next
  await own.db.destroy()
})
