import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { expect, test } from 'vitest'
import { isAlive } from '../src/is-alive.ts'
import { runScript } from './support/run-script.ts'

const SCRIPT = `
  import { startEmbeddedPostgres } from '@mdb/testing/embedded'
  await startEmbeddedPostgres()
  console.log('started')
`

test('a killed process leaves nothing: its watchdog ends the server and removes the data', async () => {
  await using child = await runScript(SCRIPT)
  const { directory, postmaster } = await serverOf(child.pid)
  expect(isAlive(postmaster)).toBe(true)
  await child.kill()
  await expect.poll(() => existsSync(directory), { timeout: 20_000 }).toBe(false)
  await expect.poll(() => isAlive(postmaster), { timeout: 20_000 }).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'what is left when the watchdog is killed too is swept at the next start',
  async () => {
    await using child = await runScript(SCRIPT)
    const { directory, postmaster } = await serverOf(child.pid)
    process.kill(await watchdogOf(child.pid), 'SIGKILL')
    await child.kill()
    expect(isAlive(postmaster)).toBe(true)

    await using server = await startEmbeddedPostgres()
    expect(server.backend).toBe('embedded')
    expect(existsSync(directory)).toBe(false)
    await expect.poll(() => isAlive(postmaster), { timeout: 20_000 }).toBe(false)
  },
)

async function serverOf(
  pid: number | undefined,
): Promise<{ readonly directory: string; readonly postmaster: number }> {
  const names = await readdir(tmpdir())
  const name = names.find((each) => each.startsWith(`mdb-postgres-${pid}-`))
  const directory = join(tmpdir(), name ?? 'none')
  const [postmaster] = (await readFile(join(directory, 'data/postmaster.pid'), 'utf8')).split('\n')
  return { directory, postmaster: Number(postmaster) }
}

async function watchdogOf(pid: number | undefined): Promise<number> {
  const children = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  for (const child of children.trim().split(' ')) {
    const command = await readFile(`/proc/${child}/cmdline`, 'utf8')
    if (command.includes('mdb-testing-watchdog')) return Number(child)
  }
  throw new Error('there is no watchdog')
}
