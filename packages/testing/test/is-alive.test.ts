import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { isAlive } from '../src/is-alive.ts'
import { DEAD_PROCESS } from './support/dead-process.ts'

test('a process lives, until it has ended', async () => {
  expect(isAlive(process.pid)).toBe(true)
  expect(isAlive(1)).toBe(true)
  expect(isAlive(DEAD_PROCESS)).toBe(false)
  const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' })
  await once(child, 'close')
  expect(isAlive(child.pid!)).toBe(false)
})

test.runIf(process.platform === 'linux')(
  'one that its parent has not waited for does not live',
  async () => {
    // The shell becomes a program that waits for nobody.
    const parent = spawn('sh', ['-c', 'sleep 600 & echo $!; exec tail -f /dev/null'])
    try {
      const [chunk] = await once(parent.stdout.setEncoding('utf8'), 'data')
      const pid = Number(chunk)
      await expect.poll(() => readFile(`/proc/${parent.pid}/comm`, 'utf8')).toBe('tail\n')
      expect(isAlive(pid)).toBe(true)
      process.kill(pid, 'SIGKILL')
      await expect.poll(() => isAlive(pid), { timeout: 20_000 }).toBe(false)
      expect(process.kill(pid, 0)).toBe(true)
    } finally {
      parent.kill()
    }
  },
)
