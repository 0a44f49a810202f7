import { ContainerError, type TestDatabase } from '@mdb/testing'
import { startPostgresContainer } from '@mdb/testing/testcontainers'
import { sql } from 'kysely'
import { describe, expect, test } from 'vitest'
import { testServerContract } from './contract.ts'

const image = process.env['MDB_TEST_IMAGE']
const unavailable = await whyUnavailable()
if (unavailable !== undefined) console.log(`Testcontainers: skipped. ${unavailable}`)

describe.skipIf(unavailable !== undefined)('Testcontainers', () => {
  testServerContract(`Testcontainers, ${image ?? 'the default image'}`, async (options) =>
    startPostgresContainer({ ...options, image }),
  )

  test('an image that has Message DB is used as it is', { timeout: 120_000 }, async () => {
    await using server = await startPostgresContainer({ image })
    const { container } = server
    const password = container.getPassword()
    const admin = await server.createDatabase({ leaks: 'cut' })
    expect(await fsync(admin)).toEqual([{ fsync: 'off' }])
    await admin.store.writeMessage('airport-SEA', { type: 'Kept', data: {} })
    const name = new URL(admin.connectionString ?? '').pathname.slice(1)
    await admin.db.destroy()
    const own = await container.commit({ repo: 'mdb-testing', tag: 'with-message-db' })
    await using other = await startPostgresContainer({
      image: own,
      template: name,
      password,
      durable: true,
    })
    await using database = await other.createDatabase()
    expect(await fsync(database)).toEqual([{ fsync: 'on' }])
    expect(await database.store.streamVersion('airport-SEA')).toBe(0n)
  })

  test('says so when there is no such image', async () => {
    const start = startPostgresContainer({ image: 'localhost:1/no-such-image:1' })
    await expect(start).rejects.toThrow(ContainerError)
    await expect(start).rejects.toThrow(/localhost:1\/no-such-image:1/)
  })
})

async function fsync({ db }: TestDatabase): Promise<readonly unknown[]> {
  return (await sql`show fsync`.execute(db)).rows
}

/** Why no container can be had here. Where CI insists on one, that is a failure. */
async function whyUnavailable(): Promise<string | undefined> {
  try {
    await using server = await startPostgresContainer({ image })
    return server.backend === 'testcontainers' ? undefined : 'no container'
  } catch (error) {
    if (!(error instanceof ContainerError) || process.env['MDB_TEST_REQUIRE_ENGINE']) throw error
    return error.message
  }
}
