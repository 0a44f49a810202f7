import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { tmpdir } from 'node:os'
import { createInterface } from 'node:readline'
import { startEmbeddedPostgres } from '@mdb/testing/embedded'
import { expect, test } from 'vitest'

const SCRIPT = `
  import { startEmbeddedPostgres } from '@mdb/testing/embedded'
  await startEmbeddedPostgres()
  console.log('started')
`

test('what a killed process left behind is swept at the next start', async () => {
  const child = spawn(
    process.execPath,
    ['--conditions=@mdb/source', '--input-type=module', '--eval', SCRIPT],
    { cwd: import.meta.dirname, stdio: ['ignore', 'pipe', 'inherit'] },
  )
  await once(createInterface(child.stdout), 'line')
  const name = (await readdir(tmpdir())).find((each) =>
    each.startsWith(`mdb-postgres-${child.pid}-`),
  )
  const directory = join(tmpdir(), name ?? 'none')
  const [pid] = (await readFile(join(directory, 'data', 'postmaster.pid'), 'utf8')).split('\n')
  child.kill('SIGKILL')
  await once(child, 'exit')
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
