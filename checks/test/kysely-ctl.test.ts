import path from 'node:path'
import { findConsumerGroupIndexes, installedVersion } from '@mdb/core/migration'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { sql } from 'kysely'
import { expect, test } from 'vitest'
import { mustRun } from '../src/command.ts'
import { root } from '../src/repository.ts'

const cwd = path.join(root, 'checks/fixtures/kysely-ctl')
const bin = path.join(root, 'checks/node_modules/.bin/kysely')

test(
  'kysely-ctl runs the migrations from a folder, beside others',
  { timeout: 60_000 },
  async () => {
    await using server = await startEmbeddedPostgres()
    await using database = await server.createDatabase()
    const { db, connectionString } = database
    await sql`drop schema message_store cascade`.execute(db)
    const kysely = async (...args: string[]): Promise<string> =>
      mustRun(bin, ['migrate', ...args], { cwd, env: { DATABASE_URL: connectionString } })

    await kysely('latest')
    expect(await installedVersion(db)).toBe('1.3.0')
    expect(await findConsumerGroupIndexes(db)).toMatchObject([{ size: 16, state: 'valid' }])
    const { rows } = await sql`select name from kysely_migration order by name`.execute(db)
    expect(rows.map((row) => (row as { name: string }).name)).toEqual([
      '2026-01-01-message-store',
      '2026-01-02-airport',
      '2026-01-03-consumer-group-of-16',
    ])
    await kysely('latest')
    await kysely('down')
    expect(await findConsumerGroupIndexes(db)).toEqual([])
    await kysely('rollback', '--all')
    expect(await installedVersion(db)).toBeUndefined()
  },
)
