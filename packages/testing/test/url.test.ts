import { startEmbeddedPostgres, type EmbeddedServer } from '@mdb/testing/embedded'
import { usePostgresServer } from '@mdb/testing/url'
import { sql, type Kysely } from 'kysely'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { testServerContract } from './contract.ts'
import { runScript } from './support/run-script.ts'

let running: EmbeddedServer
let admin: Kysely<unknown>
let url: string

beforeAll(async () => {
  running = await startEmbeddedPostgres()
  url = `postgres://postgres:${running.password}@127.0.0.1:${running.port}`
  admin = (await running.createDatabase<unknown>({ leaks: 'cut' })).db
})
afterAll(async () => running.stop())

testServerContract('a server by URL', async (options) => usePostgresServer({ ...options, url }))

/** The databases of the server that its own run did not make. */
async function databases(): Promise<readonly string[]> {
  const { rows } = await sql<{ name: string }>`
    select datname as name from pg_database where datname like 'mdb\\_test\\_%' order by 1
  `.execute(admin)
  const { address } = running
  const own = address.backend === 'pglite' ? '' : address.run
  return rows.map(({ name }) => name).filter((name) => !name.includes(own))
}

describe('a server by URL', () => {
  test('has nothing of the run on it once it is stopped', async () => {
    const server = await usePostgresServer({ url })
    await server.createDatabase()
    expect(await databases()).toHaveLength(2)
    await server.stop()
    expect(await databases()).toEqual([])
  })

  test('what a killed run left is swept by the next, what a live one has is not', async () => {
    const script = `
      import { usePostgresServer } from '@mdb/testing/url'
      const server = await usePostgresServer({ url: ${JSON.stringify(url)} })
      const database = await server.createDatabase()
      await database.db.destroy()
      console.log(server.address.run)
      setInterval(() => {}, 1_000)
    `
    await using child = await runScript(script)
    const left = await databases()
    expect(left).toHaveLength(2)

    const meanwhile = await usePostgresServer({ url })
    expect(await databases()).toEqual(expect.arrayContaining([...left]))
    await meanwhile.stop()
    expect(await databases()).toEqual(left)

    await child.kill()
    await expect.poll(async () => sessionsOf(child.line)).toBe(0)
    const next = await usePostgresServer({ url })
    const after = await databases()
    expect(after).toHaveLength(1)
    expect(left).not.toContain(after[0])
    await next.stop()
  })

  test("what another role's killed run left is left to that role", async ({ skip }) => {
    const { rows } = await sql<{ version: number }>`
      select current_setting('server_version_num')::int as version`.execute(admin)
    skip((rows[0]?.version ?? 0) < 130_000, 'before 13, only a superuser may create pgcrypto')
    for (const role of ['alice', 'bob']) {
      await sql`create role ${sql.id(role)} login createdb password 'secret'`.execute(admin)
    }
    const name = 'mdb_test_aaaaaaaaaaaa_0123456789abcdef'
    await sql`create database ${sql.id(name)} owner alice`.execute(admin)
    const as = (role: string): string =>
      `postgres://${role}:secret@127.0.0.1:${running.port}/postgres`
    const bobs = await usePostgresServer({ url: as('bob') })
    expect(await databases()).toContain(name)
    await bobs.stop()
    const alices = await usePostgresServer({ url: as('alice') })
    expect(await databases()).not.toContain(name)
    await alices.stop()
  })

  test('a run outlives a restart of the server', async () => {
    await using own = await startEmbeddedPostgres()
    const ownUrl = `postgres://postgres:${own.password}@127.0.0.1:${own.port}`
    await using server = await usePostgresServer({ url: ownUrl })
    await using database = await server.createDatabase()
    await own.restart({ mode: 'immediate' })
    await using other = await server.createDatabase()
    expect(await other.store.using(database.connect()).streamVersion('a-1')).toBeUndefined()
  })

  test('says what is wrong with it, and keeps the password to itself', async () => {
    await sql`create role nobody login password 'secret'`.execute(admin)
    const { port } = running
    const refused = [
      [`postgres://nobody:secret@127.0.0.1:${port}`, /alter role "nobody" createdb/],
      [`postgres://postgres:secret@127.0.0.1:${port}`, /cannot be connected to.*password/],
      ['postgres://postgres:secret@127.0.0.1:1', /127\.0\.0\.1:1.*ECONNREFUSED/],
      [`postgres://postgres:${running.password}@127.0.0.1:${port}/none`, /"none" does not exist/],
    ] as const
    for (const [address, reason] of refused) {
      const using = usePostgresServer({ url: address })
      await expect(using).rejects.toMatchObject({ code: 'SERVER_UNUSABLE' })
      await expect(using).rejects.toThrow(reason)
      await expect(using).rejects.toThrow(/^(?!.*secret)/)
    }
    for (const address of ['mysql://root:secret@localhost', 'secret']) {
      const using = usePostgresServer({ url: address })
      await expect(using).rejects.toMatchObject({ code: 'INVALID_SETTING' })
      await expect(using).rejects.toThrow(/^(?!.*secret)/)
    }
  })
})

async function sessionsOf(run: string): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(*)::int as count from pg_stat_activity where application_name like ${`%${run}`}
  `.execute(admin)
  return rows[0]?.count ?? 0
}
