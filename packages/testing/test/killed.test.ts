import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { expect, test } from 'vitest'
import { runScript } from './support/run-script.ts'

const SCRIPT = `
  import { startEmbeddedPostgres } from '@mdb/testing/embedded'
  await startEmbeddedPostgres()
  console.log('started')
`

test('what a killed process left behind is swept at the next start', async () => {
  await using child = await runScript(SCRIPT)
  const name = (await readdir(tmpdir())).find((each) =>
    each.startsWith(`mdb-postgres-${child.pid}-`),
  )
  const directory = join(tmpdir(), name ?? 'none')
  const [pid] = (await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')
  await child.kill()
  expect(isAlive(Number(pid))).toBe(true)

  await using server = await startEmbeddedPostgres()
  expect(server.backend).toBe('embedded')
  expect(existsSync(directory)).toBe(false)
  await expect.poll(() => isAlive(Number(pid))).toBe(false)
})

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0)
  } catch {
    return false
  }
}
