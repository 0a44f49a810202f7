import { chown, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { sweepRunDirectories } from '../src/embedded/run-directory.ts'
import { DEAD_PROCESS } from './support/dead-process.ts'

test('what a killed run of this user left is removed', async () => {
  const left = await mkdtemp(path.join(tmpdir(), `mdb-postgres-${DEAD_PROCESS}-`))
  await sweepRunDirectories()
  await expect(stat(left)).rejects.toMatchObject({ code: 'ENOENT' })
})

test.skipIf(userInfo().uid !== 0)('what another user left is not touched', async () => {
  const left = await mkdtemp(path.join(tmpdir(), `mdb-postgres-${DEAD_PROCESS}-`))
  await chown(left, 65_534, 65_534)
  await sweepRunDirectories()
  expect((await stat(left)).isDirectory()).toBe(true)
  await rm(left, { recursive: true })
})
