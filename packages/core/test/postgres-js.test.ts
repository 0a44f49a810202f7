import { type EmbeddedServer, startEmbeddedPostgres } from '@mdb/testing/embedded'
import { messageStoreTest } from '@mdb/testing/vitest'
import { Kysely, sql } from 'kysely'
import postgres from 'postgres'
import { expect } from 'vitest'
import { isTransient } from '@mdb/core'
import {
  concurrentContract,
  coreContract,
  installationContract,
  refusedConnectionContract,
} from './contracts/index.ts'
import { namedPgDialect } from './support/named-pg.ts'
import { onDriver } from './support/on-driver.ts'
import { postgresJsDialect } from './support/postgres-js.ts'

const test = messageStoreTest({
  start: async () => onDriver(await startEmbeddedPostgres(), postgresJsDialect),
})

coreContract(test)
concurrentContract(test)
refusedConnectionContract(test)
installationContract(test)

// Without the dialect, whose reserved connections do not survive this.
test('isTransient knows how postgres.js tells of a lost connection', async ({
  database,
  server,
}) => {
  // The server's restart would be too much for a connection of the dialect.
  const dialect = namedPgDialect(database.connectionString ?? '')
  const admin = new Kysely<unknown>({ dialect })
  const client = postgres(database.connectionString ?? '', { max: 1 })
  const asleep = client`select pg_sleep(60)`.then(
    () => undefined,
    (error: unknown) => error,
  )
  for (let seen = 0; seen === 0;) {
    const { rows } = await sql`select from pg_stat_activity
      where datname = current_database() and wait_event = 'PgSleep'`.execute(admin)
    seen = rows.length
  }
  await (server as EmbeddedServer).restart({ mode: 'immediate' })
  const lost = await asleep
  expect(lost).toMatchObject({ code: 'CONNECTION_CLOSED' })
  expect(isTransient(lost)).toBe(true)
  await admin.destroy()
  await client.end({ timeout: 0 })
  const ended = await client`select 1`.catch((error: unknown) => error)
  expect(ended).toMatchObject({ code: 'CONNECTION_ENDED' })
  expect(isTransient(ended)).toBe(false)
})
