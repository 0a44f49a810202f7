import { messageStoreTest } from '@mdb/testing/vitest'
import { describe, expect, test } from 'vitest'
import { concurrentContract, coreContract } from './contracts/index.ts'
import { sharedSessionsContract } from './contracts/shared-sessions.ts'
import { startBehindPgBouncer } from './support/behind-pgbouncer.ts'
import type { MessageStoreTest } from './support.ts'
import { namedPgDialect } from './support/named-pg.ts'
import type { OpenDialect } from './support/on-driver.ts'
import { findPgBouncer, PREPARED_SINCE } from './support/pgbouncer.ts'
import { postgresJsDialect } from './support/postgres-js.ts'

const required = process.env['MDB_REQUIRE_PGBOUNCER'] === '1'
const binary = await findPgBouncer()
const missing = reasonToSkip()

const drivers: Record<string, OpenDialect> = {
  'pg, named statements': namedPgDialect,
  'postgres.js, named statements': (address, { max }) =>
    postgresJsDialect(address, { max, named: true }),
}

const found = missing === undefined ? binary : undefined
const suites = Object.entries(drivers).map(([driver, open]) => {
  const on = (poolSize: number): MessageStoreTest =>
    messageStoreTest({
      // PgBouncer keeps its connections to a database that its clients have left.
      leaks: 'cut',
      start: async () => {
        if (found === undefined) throw new Error(missing)
        return startBehindPgBouncer(found, open, { poolSize, roles: { sharing_app: 'app-secret' } })
      },
    })
  // Three connections: the contract has tests that look at one transaction waiting for another.
  return { driver, three: on(3), one: on(1) }
})

test.runIf(missing !== undefined)('a PgBouncer is there', ({ skip }) => {
  expect(required, missing).toBe(false)
  console.warn(`Skipped behind PgBouncer: ${missing}`)
  skip(missing)
})

describe.runIf(missing === undefined).for(suites)('behind PgBouncer, $driver', ({ three, one }) => {
  coreContract(three)
  concurrentContract(three)
  describe('one session for all', () => {
    sharedSessionsContract(one)
  })
})

function reasonToSkip(): string | undefined {
  if (binary === undefined)
    return 'there is no pgbouncer on this machine (bash .ci/install-pgbouncer)'
  if (binary.version >= PREPARED_SINCE) return undefined
  return `pgbouncer ${binary.version} knows no prepared statements; ${PREPARED_SINCE} or newer does (bash .ci/install-pgbouncer)`
}
