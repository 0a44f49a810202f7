import { createServer } from 'node:net'
import { once } from 'node:events'
import { expect, test } from 'vitest'
import { candidate, freePort } from '../src/embedded/free-port.ts'

test('is none that an outgoing connection may be given, and none that is taken', async () => {
  const next = await freePort()
  expect(next).toBeGreaterThan(10_000)
  expect(next).toBeLessThan(32_768)
  const taken = createServer().listen(next + 13, '127.0.0.1')
  await once(taken, 'listening')
  expect(await freePort()).not.toBe(next + 13)
  taken.close()
})

test('processes that begin at once try different ones', () => {
  const tries = [101, 102, 103].flatMap((pid) =>
    Array.from({ length: 7 }, (_, attempt) => candidate(pid, attempt)),
  )
  expect(new Set(tries).size).toBe(tries.length)
})
